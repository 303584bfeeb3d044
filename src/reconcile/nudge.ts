import type { Client } from '../kube/client.ts';
import { isForbidden, isInvalid, isNotFound } from '../kube/errors.ts';
import { resources } from '../kube/paths.ts';
import type { Logger } from '../runtime/log.ts';
import type { Pod, World } from './world.ts';
import type { Report } from './verdicts/gateway.ts';

/** Annotation on gateway pods: the configuration they should look for. */
export const CONFIG = 'goproxycache.io/config';

/**
 * kubelet looks for a changed ConfigMap every minute or so, but at once when the pod itself changes (kubernetes.io:
 * "mounted ConfigMaps are updated automatically"). So a pod that serves another configuration than wanted gets an
 * annotation, once for each configuration.
 */
export async function nudge(
  { client, world }: { client: Client; world: World },
  pods: { pod: Pod; report: Report | undefined }[],
  wantedConfig: string,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  for (const { pod, report } of pods) {
    const { name, namespace, annotations } = pod.metadata;
    const behind = report !== undefined && 'status' in report && report.status.generation !== wantedConfig;
    if (!behind || annotations?.[CONFIG] === wantedConfig) continue;
    try {
      const patch = { metadata: { annotations: { [CONFIG]: wantedConfig } } };
      world.pods.upsert(await client.mergePatch<Pod>(resources.Pod, { name, namespace }, patch, { signal }));
    } catch (error) {
      if (isNotFound(error)) continue;
      // No right to pods, or an admission policy of the cluster: kubelet looks by itself, only later.
      if (isForbidden(error) || isInvalid(error))
        log.warn({ pod: name, err: error }, 'a gateway pod was not annotated');
      else throw error;
    }
  }
}
