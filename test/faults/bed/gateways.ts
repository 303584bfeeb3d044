/** Answers `/-/status` as the gateway pods of a lane do: src/gateway/pod/entrypoint.sh, without nginx. */
import type { ServerResponse } from 'node:http';
import type { V1ConfigMap, V1PodSpec } from '@kubernetes/client-node';
import { envoyFloor, nginxFloor } from '../../../src/gateway/floors.ts';
import type { GatewayStatus } from '../../../src/gateway/status.ts';
import { otherType, withoutKeys } from '../../../src/gateway/status.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { keyOf } from '../../../src/kube/objects.ts';
import type { Mirror } from './mirror.ts';

type Pod = KubeObject<V1PodSpec, { podIP?: string }>;

export interface Gateways {
  /** Answers for the pod that has this address. */
  readonly answer: (address: string, response: ServerResponse) => void;
  /** From now on the pods of this namespace do not answer (503), or do again. */
  readonly silence: (namespace: string, silent: boolean) => void;
}

export function createGateways(mirror: Mirror): Gateways {
  const pods = new Map<string, Pod>();
  /** What each pod has loaded last, by UID. */
  const loaded = new Map<string, string>();
  /** What is mounted in each pod, by UID: kubelet leaves the files of a ConfigMap that is gone. */
  const mounts = new Map<string, Record<string, string>>();
  const silent = new Set<string>();
  mirror.each('Pod', (object, deleted) => {
    const pod = object as Pod;
    const { podIP } = pod.status ?? {};
    if (podIP === undefined) return;
    if (!deleted) pods.set(podIP, pod);
    else if (pods.get(podIP)?.metadata.uid === pod.metadata.uid) pods.delete(podIP);
    if (deleted) for (const known of [loaded, mounts]) known.delete(pod.metadata.uid ?? '');
  });

  function status(pod: Pod): GatewayStatus {
    const { uid = '', namespace } = pod.metadata;
    const mounted = pod.spec?.volumes?.find(({ name }) => name === 'config')?.configMap?.name ?? '';
    const live = mirror.get('ConfigMap', keyOf(namespace, mounted)) as V1ConfigMap | undefined;
    const data = (live ? live.data : mounts.get(uid)) ?? {};
    mounts.set(uid, data);
    const wanted = firstLine(data['generation']);
    const error = wanted === '' ? '' : unfit(pod, data);
    if (error === '') loaded.set(uid, wanted);
    const isEnvoy = typeOf(pod) === 'Envoy';
    return {
      generation: loaded.get(uid) ?? '',
      rejected: error === '' ? '' : { generation: wanted, error },
      nginxVersion: nginxFloor.version,
      ...(isEnvoy && { envoyVersion: envoyFloor.version }),
      upstreams: lines(data['upstreams']).map((url) => ({ url, reachable: true, stage: '', detail: '' })),
    };
  }

  return {
    answer: (address, response) => {
      const pod = pods.get(address);
      if (!pod || silent.has(pod.metadata.namespace ?? '')) {
        response.writeHead(503).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(status(pod)));
    },
    silence: (namespace, isSilent) => {
      if (isSilent) silent.add(namespace);
      else silent.delete(namespace);
    },
  };
}

const typeOf = (pod: Pod) =>
  pod.spec?.containers[0]?.env?.find(({ name }) => name === 'GATEWAY_TYPE')?.value ?? 'Nginx';

/** Why a pod cannot load a configuration: the function `fits` of entrypoint.sh. */
function unfit(pod: Pod, data: Record<string, string>): string {
  const type = typeOf(pod);
  const of = 'envoy-routes.json' in data ? 'Envoy' : 'Nginx';
  if (of !== type) return `${otherType}${type}, and the config of type ${of}: new pods serve it`;
  const sources = pod.spec?.volumes?.find(({ name }) => name === 'jwks')?.projected?.sources ?? [];
  const mounted = sources.flatMap(({ secret }) => secret?.items?.map(({ path }) => path) ?? []);
  const missing = lines(data['issuers']).find((issuer) => !mounted.includes(`${issuer}.json`));
  return missing === undefined ? '' : `${withoutKeys}${missing} in /etc/gateway-jwks: new pods have them`;
}

const lines = (text = '') => text.split('\n').filter((line) => line !== '');
const firstLine = (text?: string) => lines(text)[0] ?? '';
