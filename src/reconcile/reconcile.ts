import type { Verdict } from '../api/conditions.ts';
import type { EffectiveSpec } from '../api/effective.ts';
import { effective } from '../api/effective.ts';
import type { DefaultImages } from '../api/images.ts';
import type { GoProxyCache } from '../api/types.ts';
import type { Problem } from '../api/validate.ts';
import { describeProblem, validate } from '../api/validate.ts';
import { desired } from '../desired/desired.ts';
import { gatewayModel } from '../desired/gateway.ts';
import type { Manifest } from '../desired/manifest.ts';
import { engineName, gatewayName } from '../desired/names.ts';
import { GatewayModelError } from '../gateway/check.ts';
import { gatewayGeneration } from '../gateway/files.ts';
import type { Client } from '../kube/client.ts';
import { keyOf, keyOfObject } from '../kube/objects.ts';
import { resources } from '../kube/paths.ts';
import type { Recorder } from '../runtime/events.ts';
import type { Logger } from '../runtime/log.ts';
import type { Outcome } from './apply.ts';
import { execute, summary } from './apply.ts';
import { describeObject } from './describe.ts';
import { nudge } from './nudge.ts';
import { makePlan } from './plan.ts';
import type { Poller } from './poller.ts';
import type { StatusInput } from './status.ts';
import { buildStatus, statusChanged, transitions } from './status.ts';
import { gatewayVerdict, servedConfig } from './verdicts/gateway.ts';
import { storageVerdict } from './verdicts/storage.ts';
import { summarise } from './verdicts/summary.ts';
import { upstreamsVerdict } from './verdicts/upstreams.ts';
import { judgeWorkload, PROGRESS, worst } from './verdicts/workload.ts';
import type { Claim, Deployment, World } from './world.ts';
import { podsOf } from './world.ts';

export interface Dependencies {
  client: Client;
  world: World;
  poller: Poller;
  recorder: Recorder;
  images: DefaultImages;
  now(): string;
}

/** Watches report every change; these only make sure that a missed one is not missed for long. */
const RESYNC_MS = { ready: 600_000, waiting: 15_000 };
/** How often gateway pods are asked: often while something is on its way, else often enough to see an upstream fail. */
const POLL_MS = { ready: 10_000, waiting: 1_000 };

/**
 * Brings one cache to what its spec says, from whatever is there now. Level based: the key is all it is told. Throws what a
 * retry may mend; everything else ends in a condition.
 */
export async function reconcile(
  deps: Dependencies,
  key: string,
  signal: AbortSignal,
  log: Logger,
): Promise<{ requeueAfterMs?: number }> {
  const cache = deps.world.caches.store.get(key);
  if (!cache || cache.metadata.deletionTimestamp !== undefined) {
    // Garbage collection takes the children, by their owner; retained volumes have none.
    deps.poller.watch(key, [], 0);
    return {};
  }
  const { spec: parsed, problems } = validate(cache);
  if (!parsed) {
    await report(deps, { cache, verdicts: invalid(problems), now: deps.now() }, signal);
    return {};
  }
  const spec = effective(parsed, deps.images);
  const wanted = manifests(cache, spec);
  if (!Array.isArray(wanted)) {
    await report(deps, { cache, verdicts: invalid([wanted]), now: deps.now() }, signal);
    return {};
  }

  const outcome = spec.paused ? NOTHING : await applyAll(deps, cache, wanted, signal, log);
  const { verdicts, details, pods } = judge(deps, cache, spec, wanted, outcome);
  if (!spec.paused) await nudge(deps, pods, details.wantedConfig, signal);
  await report(deps, { cache, verdicts, details, now: deps.now() }, signal);

  const ready = verdicts.every((verdict) => verdict.type !== 'Ready' || verdict.status === 'True');
  deps.poller.watch(
    key,
    pods.map(({ pod }) => pod),
    ready ? POLL_MS.ready : POLL_MS.waiting,
  );
  return { requeueAfterMs: ready ? RESYNC_MS.ready : RESYNC_MS.waiting };
}

/**
 * The objects of a cache, or what keeps them from being described: the gateway refuses a value that its configuration cannot
 * hold. The rules keep such values out; this keeps the operator alive should one slip through.
 */
function manifests(cache: GoProxyCache, spec: EffectiveSpec): Manifest[] | Problem {
  try {
    return desired(cache.metadata.name, cache.metadata.namespace, spec);
  } catch (error) {
    if (!(error instanceof GatewayModelError)) throw error;
    return { field: error.path, value: undefined, message: error.message };
  }
}

const NOTHING: Outcome = { blocked: [], refusals: [], writes: 0 };

async function applyAll(
  deps: Dependencies,
  cache: GoProxyCache,
  wanted: Manifest[],
  signal: AbortSignal,
  log: Logger,
): Promise<Outcome> {
  const { world } = deps;
  const plan = makePlan(wanted, {
    cache,
    live: (manifest) => world.children.get(manifest.kind)?.store.get(keyOfObject(manifest)),
    children: [...world.children.values()].flatMap((reflector) => reflector.store.byIndex('owner', cache.metadata.uid)),
    isServed: (kind) => world.children.get(kind)?.served ?? false,
    storageClass: (name) => (name === undefined ? undefined : world.storageClasses.store.get(name)),
  });
  if (plan.steps.length > 0) log.info({ steps: summary(plan) }, 'applying');
  return execute(plan, cache, deps.client, world, signal);
}

function judge(
  { world, poller }: Dependencies,
  cache: GoProxyCache,
  spec: EffectiveSpec,
  wanted: Manifest[],
  outcome: Outcome,
) {
  const { name, namespace } = cache.metadata;
  const child = <T>(kind: string, childName: string) =>
    world.children.get(kind)?.store.get(keyOf(namespace, childName)) as T | undefined;

  const storage = storageVerdict({
    claims: wanted
      .filter(({ kind }) => kind === 'PersistentVolumeClaim')
      .map((claim) => ({ wanted: claim, live: child<Claim>(claim.kind, claim.metadata.name) })),
    storageClasses: world.storageClasses.store.list(),
  });

  const enginePods = podsOf(world, namespace, name, 'engine');
  const engines = spec.environments.map((environment) => {
    const childName = engineName(name, environment.name);
    const deployment = child<Deployment>('Deployment', childName);
    const pods = enginePods.filter((pod) => pod.metadata.labels?.['goproxycache.io/environment'] === environment.name);
    return {
      name: environment.name,
      deployment,
      claim: child<Claim>('PersistentVolumeClaim', childName),
      finding: judgeWorkload(childName, deployment, pods),
    };
  });
  const enginesReady: Verdict = {
    type: 'EnginesReady',
    ...(worst(engines.map(({ finding }) => finding)) ?? {
      status: 'True',
      reason: 'Serving',
      message: `${engines.length} engine${engines.length === 1 ? ' serves' : 's serve'}`,
    }),
  };

  const model = gatewayModel(name, spec);
  const wantedConfig = gatewayGeneration(model);
  const gateway = child<Deployment>('Deployment', gatewayName(name));
  const pods = podsOf(world, namespace, name, 'gateway').map((pod) => ({ pod, report: poller.latest(pod) }));
  const gatewayReady = gatewayVerdict({ name: gatewayName(name), deployment: gateway, pods, wantedConfig });

  const verdicts = [
    ...summarise([storage, enginesReady, gatewayReady], stalled(outcome), spec.paused),
    storage,
    enginesReady,
    gatewayReady,
    upstreamsVerdict(pods, [...model.probedUpstreams]),
  ];
  const details: NonNullable<StatusInput['details']> = {
    spec,
    gateway,
    engines: new Map(
      engines.map(({ name, deployment, claim, finding }) => [
        name,
        { deployment, claim, ready: finding.reason === 'Serving' },
      ]),
    ),
    wantedConfig,
    servedConfig: servedConfig(pods),
  };
  return { verdicts, details, pods };
}

/** What needs a person: an object that is somebody else's, or that the API server does not take. */
function stalled({ blocked, refusals }: Outcome): Verdict | undefined {
  const verdict = (reason: Verdict['reason'], message: string): Verdict => ({
    type: 'Stalled',
    status: 'True',
    reason,
    message,
  });
  const clash = blocked.find(({ reason }) => reason === 'NameClash');
  if (clash)
    return verdict(
      'NameClash',
      `${describeObject(clash.object)} exists and belongs to somebody else: delete or rename it, or give the cache another name`,
    );
  const missing = blocked.find(({ reason }) => reason === 'KindMissing');
  if (missing)
    return verdict(
      'ApplyRefused',
      `the cluster does not know the kind ${missing.object.kind}: install its CustomResourceDefinition (for HTTPRoute: the Gateway API), or leave exposure.gatewayAPI out`,
    );
  const [refusal] = refusals;
  if (refusal)
    return verdict(
      refusal.forbidden ? 'Forbidden' : 'ApplyRefused',
      `${refusal.object} was refused: ${refusal.message.slice(0, 1000)}`,
    );
  return undefined;
}

function invalid([first, ...rest]: Problem[]): Verdict[] {
  const more = rest.length > 0 ? ` (and ${rest.length} more)` : '';
  const message = `${first ? describeProblem(first) : 'the spec cannot be read'}${more}`;
  return summarise([], { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message }, false);
}

/** One status write when something changed, none otherwise; an event for every condition that turned. */
async function report(
  { client, world, recorder }: Dependencies,
  input: StatusInput,
  signal: AbortSignal,
): Promise<void> {
  const { cache, verdicts } = input;
  const status = buildStatus(input);
  if (!statusChanged(cache.status, status)) return;
  const { name, namespace } = cache.metadata;
  const written = await client.applyStatus(
    resources.GoProxyCache,
    { apiVersion: cache.apiVersion, kind: cache.kind, metadata: { name, namespace }, status },
    { signal },
  );
  world.caches.upsert(written as typeof cache & typeof written);
  for (const { type, status: value, reason, message } of transitions(cache.status, verdicts)) {
    const good = type === 'Ready' && value === 'True';
    const bad =
      type !== 'Ready' &&
      type !== 'Reconciling' &&
      value === (type === 'Stalled' ? 'True' : 'False') &&
      !PROGRESS.has(reason);
    if (good || bad) recorder.event(cache, { type: good ? 'Normal' : 'Warning', reason, note: message });
  }
}
