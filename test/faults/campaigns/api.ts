import { setTimeout as delay } from 'node:timers/promises';
import type { Lane, State } from '../bed/lane.ts';
import { RESYNC_MS } from '../../../src/reconcile/resync.ts';
import type { Campaign } from '../campaign.ts';
import { cacheOf } from '../oracle/observe.ts';
import { matches } from '../proxy/key.ts';
import type { Fault } from '../proxy/proxy.ts';
import { referenceOf } from '../workloads/reference.ts';
import { workloadOf, workloads } from '../workloads/workloads.ts';
import type { Blow, Disturbance } from './disturbed.ts';
import { requestBlow, runDisturbed, withoutNamespace } from './disturbed.ts';

const RETRY_SECONDS = 3;
const answers = ([403, 409, 422, 500, 503, 504] as const).map((status): [string, Fault] => [
  String(status),
  { do: 'answer', status },
]);
const HANG: [string, Fault] = ['hang', { do: 'hang' }];
const RESET: [string, Fault] = ['reset before', { do: 'reset', when: 'before' }];
export const FAULTS: [string, Fault][] = [
  ...answers,
  ['429', { do: 'answer', status: 429, retryAfterSeconds: RETRY_SECONDS }],
  RESET,
  ['reset committed', { do: 'reset', when: 'committed' }],
  HANG,
  ['truncate', { do: 'truncate' }],
  ['delay', { do: 'delay', ms: 2_000 }],
];
const READ_FAULTS: [string, Fault][] = [['500', { do: 'answer', status: 500 }], HANG, RESET];
/** So long children of a cache of before may have the names of the new one's. */
const GARBAGE_MS = 6_000;
/** A refusal is looked at again after 15 s, a request is given up after 30 s. */
const WITHIN_MS = { hang: 75_000, other: 45_000 };
const SAMPLE = 24;

export const api: Campaign = {
  name: 'api',
  title: 'Every request of every workload is refused, throttled, lost, cut, delayed or never answered, once',
  place: 'lane',
  together: 5,
  longestMs: 300_000,
  plans: async ({ sample }, lane) => {
    if (!lane) throw new Error('api needs a lane');
    const plans: Disturbance[] = [];
    for (const workload of sample ? workloads.slice(0, 1) : workloads) {
      const { writes, reads } = await referenceOf(workload, lane);
      for (const [keys, faults] of [
        [writes, FAULTS],
        [reads, READ_FAULTS],
      ] as const)
        for (const [text, key] of keys)
          for (const [name, fault] of faults)
            plans.push({
              id: `api/${workload.name}/${text}/${name}`,
              workload: workload.name,
              key: withoutNamespace(key),
              fault,
              withinMs: fault.do === 'hang' ? WITHIN_MS.hang : WITHIN_MS.other,
            });
    }
    // Those that wait longest take no place in a sample.
    const chosen = sample ? plans.filter(({ fault }) => fault.do !== 'hang') : plans;
    const step = sample ? Math.ceil(chosen.length / SAMPLE) : 1;
    return chosen.filter((_, index) => index % step === 0);
  },
  run: (plan, _, lane) => {
    if (!lane) throw new Error('api needs a lane');
    const disturbance = plan as Disturbance;
    return runDisturbed(disturbance, lane, requestBlow(disturbance, oracleOf(disturbance)));
  },
};

/** Events and notes on pods are no part of a reconcile's result: what becomes of them holds up nothing. */
const isAside = ({ key }: Disturbance) => key.kind === 'Event' || key.kind === 'Pod';

/** What else must hold when the fault has struck. */
function oracleOf(plan: Disturbance): Blow['struck'] {
  const { fault, key } = plan;
  if (fault.do !== 'answer' || isAside(plan)) return undefined;
  if (fault.status === 429) return (lane, namespace) => waits(plan, lane, namespace);
  // An object that is there is mended after a 422; a status cannot tell that it was refused.
  if (fault.status === 403 && key.subresource === '' && key.operation !== 'GET')
    return (lane, namespace) => isTold(plan, lane, namespace);
  return undefined;
}

/** The request, whichever time it is sent. */
const everyTime = ({ operation, kind, name, subresource }: Disturbance['key']) => ({
  operation,
  kind,
  name,
  subresource,
});

/** Nothing is written before the time that the API server asked for. */
async function waits({ key }: Disturbance, lane: Lane, namespace: string): Promise<string[]> {
  await delay(RETRY_SECONDS * 1_000);
  const seen = lane.proxy.seen(namespace);
  const refused = seen.find((one) => matches(key, one.key));
  if (!refused) return ['the request that was refused is not among those seen'];
  const early = seen.filter(
    ({ key: { kind }, at }) =>
      kind !== 'Event' && kind !== 'Pod' && at > refused.at && at < refused.at + RETRY_SECONDS * 1_000,
  );
  return early.length === 0 ? [] : [`${early.length} writes came before Retry-After was over`];
}

/**
 * A refusal is told before what was refused is tried again; unless that was so soon that another event brought it, which may have woken
 * the operator before it had told. And when it is told, all the rest was written.
 */
async function isTold({ key, workload }: Disturbance, lane: Lane, namespace: string): Promise<string[]> {
  const written = () => lane.proxy.seen(namespace).filter(({ status = 500 }) => status < 300);
  const taken = () =>
    written().find((seen) => matches(everyTime(key), seen.key) && seen.key.occurrence > key.occurrence);
  const isTaken = () => taken() !== undefined;
  const isStalled = (state: State) =>
    cacheOf(state)?.status?.conditions?.some(({ type, status }) => type === 'Stalled' && status === 'True') ?? false;
  const refusedAt = lane.proxy.seen(namespace).find((seen) => matches(key, seen.key))?.at ?? 0;
  let wasTold = false;
  const isOver = (state: State) => (wasTold ||= isStalled(state)) || isTaken() || 'not told';
  await lane.until(namespace, isOver, WITHIN_MS.other).catch(() => undefined);
  const isSoon = (taken()?.at ?? Infinity) < refusedAt + RESYNC_MS.soonest;
  if (!wasTold && !isSoon) return ['the status never told of a refusal (403)'];
  const { writes } = await referenceOf(workloadOf(workload), lane);
  const others = [...writes.values()].filter(
    (other) => other.operation === 'APPLY' && other.kind !== 'GoProxyCache' && !matches(everyTime(key), other),
  );
  const waiting = () => {
    const applied = written();
    return others
      .filter((other) => !applied.some((seen) => matches(everyTime(other), seen.key)))
      .map(({ kind, name }) => `${kind} ${name} waited for what was refused`);
  };
  const graceMs = workload === 'delete-create' ? GARBAGE_MS : 0;
  await lane.until(namespace, () => isTaken() || waiting().length === 0 || 'some wait', graceMs).catch(() => undefined);
  return isTaken() ? [] : waiting();
}
