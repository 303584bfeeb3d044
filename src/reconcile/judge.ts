import type { GoProxyCache } from '../api/types.ts';
import { engines as enginesOf } from '../desired/engine.ts';
import { ENVIRONMENT } from '../desired/labels.ts';
import { gatewayName } from '../desired/names.ts';
import { keyOf } from '../kube/objects.ts';
import type { Outcome } from './apply.ts';
import type { Poller } from './poller.ts';
import type { StatusInput } from './status.ts';
import { enginesVerdict } from './verdicts/engines.ts';
import { gatewayVerdict, servedConfig } from './verdicts/gateway.ts';
import { stalledVerdict } from './verdicts/stalled.ts';
import { storageVerdict } from './verdicts/storage.ts';
import { summarise } from './verdicts/summary.ts';
import { upstreamsVerdict } from './verdicts/upstreams.ts';
import { versionsVerdict } from './verdicts/versions.ts';
import { waitingFor } from './verdicts/waiting.ts';
import { judgeWorkload } from './verdicts/workload.ts';
import type { Wish } from './wishes.ts';
import type { Claim, Deployment, World } from './world.ts';
import { podsOf } from './world.ts';

/** Looks at all that is known of a cache, and says what is true of it. Reads the caches of the reflectors and nothing else. */
export function judge(
  { world, poller }: { world: World; poller: Poller },
  cache: GoProxyCache,
  wish: Wish,
  outcome: Outcome,
) {
  const { spec, manifests: wanted, model, wantedConfig } = wish;
  const { name, namespace } = cache.metadata;
  const child = <T>(kind: string, childName: string) =>
    world.children.get(kind)?.store.get(keyOf(namespace, childName)) as T | undefined;

  const storage = storageVerdict({
    claims: wanted
      .filter(({ kind }) => kind === 'PersistentVolumeClaim')
      .map((claim) => ({ wanted: claim, live: child<Claim>(claim.kind, claim.metadata.name) })),
    storageClasses: world.storageClasses?.store.list(),
  });

  const engines = enginesOf(name, spec).map(({ name: childName, component, environment }) => {
    const deployment = child<Deployment>('Deployment', childName);
    const pods = podsOf(world, namespace, name, component).filter(
      (pod) => pod.metadata.labels?.[ENVIRONMENT] === environment.name,
    );
    return {
      name: childName,
      component,
      environment: environment.name,
      claim: child<Claim>('PersistentVolumeClaim', childName),
      finding: judgeWorkload(childName, deployment, pods),
    };
  });
  const enginesReady = enginesVerdict(engines);

  const gateway = child<Deployment>('Deployment', gatewayName(name));
  const pods = podsOf(world, namespace, name, 'gateway').map((pod) => ({ pod, report: poller.latest(pod) }));
  const gatewayReady = gatewayVerdict({ name: gatewayName(name), deployment: gateway, pods, wantedConfig });

  const verdicts = [
    ...summarise(
      [storage, enginesReady, gatewayReady],
      stalledVerdict(outcome),
      spec.paused,
      waitingFor(outcome.blocked),
    ),
    storage,
    enginesReady,
    gatewayReady,
    upstreamsVerdict(pods, [...model.probedUpstreams]),
    versionsVerdict(pods),
  ];
  const details: NonNullable<StatusInput['details']> = {
    spec,
    gateway,
    engines: new Map(engines.map(({ name, claim, finding }) => [name, { claim, ready: finding.reason === 'Serving' }])),
    wantedConfig,
    servedConfig: servedConfig(pods),
  };
  return { verdicts, details, pods };
}
