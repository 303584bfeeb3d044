import { setTimeout as delay } from 'node:timers/promises';
import { isNotFound } from '../../../src/kube/errors.ts';
import { resourceOf } from '../../../src/kube/paths.ts';
import { isOlder } from '../../../src/runtime/store.ts';
import type { Lane } from '../bed/lane.ts';
import type { Campaign } from '../campaign.ts';
import { stableName } from '../proxy/key.ts';
import type { EventKey } from '../workloads/overwritten.ts';
import { eventText, isOfOneName, overwritten } from '../workloads/overwritten.ts';
import { referenceOf } from '../workloads/reference.ts';
import { workloads } from '../workloads/workloads.ts';
import type { Blow, Disturbed } from './disturbed.ts';
import { runDisturbed } from './disturbed.ts';

/** A plan that hides an event. */
interface Unobserved extends Disturbed {
  readonly event: EventKey;
}

const WITHIN_MS = 45_000;
const SAMPLE = 6;
/** Time for a later event to come by itself. */
const SOON_MS = 300;
const TOUCHES = 10;
const TOUCHED = 'faults.goproxycache.io/touched';

export const unobserved: Campaign = {
  name: 'unobserved',
  title: 'The operator is not told of an event that a later one of the same object overwrites',
  place: 'lane',
  together: 4,
  plans: async ({ sample }, lane) => {
    if (!lane) throw new Error('unobserved needs a lane');
    const plans: Unobserved[] = [];
    for (const workload of sample ? workloads.slice(0, 1) : workloads) {
      const { told } = await referenceOf(workload, lane);
      for (const event of overwritten(told))
        plans.push({
          id: `unobserved/${workload.name}/${eventText(event)}`,
          workload: workload.name,
          event,
          withinMs: WITHIN_MS,
        });
    }
    const step = sample ? Math.ceil(plans.length / SAMPLE) : 1;
    return plans.filter((_, index) => index % step === 0);
  },
  run: (plan, _, lane) => {
    if (!lane) throw new Error('unobserved needs a lane');
    return runDisturbed(plan as Unobserved, lane, hide((plan as Unobserved).event));
  },
};

const hide = (event: EventKey): Blow => ({
  arm: ({ proxy }, namespace) => {
    const { kind, name, occurrence } = event;
    return proxy.armWatch({ kind }, { do: 'drop', event: { namespace, name, occurrence } });
  },
  struck: async (lane, namespace) => {
    await overwrite(lane, namespace, event);
    return [];
  },
});

/**
 * Sees to it that a later event comes. Where the operator's own doing would have caused it, as a status that follows a spec, and where
 * two changes became one in this run, somebody writes a note on the object and takes it off.
 */
async function overwrite(lane: Lane, namespace: string, hidden: EventKey): Promise<void> {
  for (let touches = 0; touches < TOUCHES; touches++) {
    await delay(SOON_MS);
    if (isTold(lane, namespace, hidden)) return;
    for (const note of ['once', null]) await touch(lane, namespace, hidden, note);
  }
}

/** Whether the operator was told of the latest version of the object, or that it is gone. */
function isTold(lane: Lane, namespace: string, hidden: EventKey): boolean {
  const told = lane.proxy.events(namespace).filter((event) => isOfOneName(event, hidden));
  const objects = objectsOf(lane, namespace, hidden);
  if (objects.length === 0)
    return told.some(({ type, occurrence }) => type === 'DELETED' && occurrence > hidden.occurrence);
  return objects.every(({ metadata: { uid, resourceVersion } }) =>
    told.some((event) => event.uid === uid && !isOlder(event.resourceVersion, resourceVersion)),
  );
}

const objectsOf = (lane: Lane, namespace: string, { kind, name }: EventKey) =>
  [...lane.state(namespace).values()].filter(
    (object) => object.kind === kind && stableName(kind, object.metadata.name) === name,
  );

async function touch(lane: Lane, namespace: string, event: EventKey, note: string | null): Promise<void> {
  for (const object of objectsOf(lane, namespace, event))
    await lane.client
      .mergePatch(resourceOf(object), object.metadata, { metadata: { annotations: { [TOUCHED]: note } } })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
}
