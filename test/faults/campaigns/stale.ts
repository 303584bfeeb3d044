import { setTimeout as delay } from 'node:timers/promises';
import type { Lane } from '../bed/lane.ts';
import type { Campaign } from '../campaign.ts';
import type { Armed } from '../proxy/proxy.ts';
import { referenceOf } from '../workloads/reference.ts';
import { isSteady } from '../workloads/workload.ts';
import type { Workload } from '../workloads/workload.ts';
import { workloads } from '../workloads/workloads.ts';
import type { Blow, Disturbed } from './disturbed.ts';
import { runDisturbed } from './disturbed.ts';

/** A plan that starts an operator with a view of the past. */
interface Stale extends Disturbed {
  /** Kinds of which the first LIST is answered as of then; the others are current. */
  readonly kinds: readonly string[];
  /** The view is of the moment before the last step, or right after it was done, when the operator had hardly begun. */
  readonly viewOf: 'before' | 'begun';
  /** The operator is killed right after the last step was done, or when all is as it should be. */
  readonly restart: 'midway' | 'after';
  /** So long what came since is kept from it, in ms: it has nothing but the old view. 0: it comes at once. */
  readonly heldMs: number;
}

const CACHE = 'GoProxyCache';
const WITHIN_MS = 45_000;
const HELD_MS = 1_500;
/** What an operator does at its start is done, or under way, after this time. */
const START_MS = 300;
/** The three classics in one: a volume, and all that an environment needs, are gone, and the old view has them. */
const SAMPLED = 'environment-removed';
const SAMPLE = 6;

export const stale: Campaign = {
  name: 'stale',
  title: 'The operator is restarted, and sees a kind, a pair of kinds or everything as it was some time ago',
  place: 'lane',
  together: 1,
  plans: async ({ sample }, lane) => {
    if (!lane) throw new Error('stale needs a lane');
    const plans: Stale[] = [];
    for (const workload of workloads.filter(({ name }) => !sample || name === SAMPLED)) {
      const { told } = await referenceOf(workload, lane);
      const kinds = [...new Set(told.flat().map(({ kind }) => kind))].sort();
      plans.push(...plansOf(workload, kinds));
    }
    const step = sample ? Math.ceil(plans.length / SAMPLE) : 1;
    return plans.filter((_, index) => index % step === 0);
  },
  run: (plan, _, lane) => {
    if (!lane) throw new Error('stale needs a lane');
    return runDisturbed(plan as Stale, lane, restarted(plan as Stale));
  },
};

/** `changed` are the kinds that the last step changes: of the others an old view is the current one. */
function plansOf({ name }: Workload, changed: readonly string[]): Stale[] {
  const children = changed.filter((kind) => kind !== CACHE);
  const plan = (view: string, kinds: readonly string[], how: Pick<Stale, 'viewOf' | 'restart' | 'heldMs'>): Stale => {
    const lag = how.heldMs > 0 ? 'lagging' : 'caught up';
    const id = `stale/${name}/${view} ${how.viewOf}/restarted ${how.restart}, ${lag}`;
    return { id, workload: name, kinds, withinMs: WITHIN_MS, ...how };
  };
  const pairs = children.map((kind): [string, string[]] => [`${CACHE} and ${kind}`, [CACHE, kind]]);
  const wholes: [string, readonly string[]][] = [
    ['everything', changed],
    ['all children', children],
  ];
  const views = [...changed.map((kind): [string, string[]] => [kind, [kind]]), ...pairs, ...wholes];
  const plans = [
    ...views.map((view) => plan(...view, { viewOf: 'before', restart: 'after', heldMs: HELD_MS })),
    ...pairs.map((view) => plan(...view, { viewOf: 'before', restart: 'midway', heldMs: 0 })),
    ...wholes.flatMap((view) => [
      plan(...view, { viewOf: 'before', restart: 'midway', heldMs: HELD_MS }),
      plan(...view, { viewOf: 'before', restart: 'after', heldMs: 0 }),
      plan(...view, { viewOf: 'begun', restart: 'after', heldMs: HELD_MS }),
    ]),
  ];
  // Pausing changes no child, and an old view of nothing never strikes.
  return plans.filter(({ kinds }) => kinds.length > 0);
}

/** What of a plan has been set up so far. */
interface SetUp {
  mark: number | undefined;
  lists: Armed[];
  holds: Armed[];
}

function restarted({ kinds, viewOf, restart, heldMs }: Stale): Blow {
  let set: SetUp = { mark: undefined, lists: [], holds: [] };
  let struck = Promise.withResolvers<void>();

  function armLists(lane: Lane): void {
    const { mark = lane.proxy.mark() } = set;
    set.lists = kinds.map((kind) => {
      const list = lane.proxy.arm({ operation: 'LIST', kind }, { do: 'old-list', mark });
      // Not before: the watches of the one that was killed may still be open.
      if (heldMs > 0)
        void list.struck.then(() => set.holds.push(lane.proxy.armWatch({ kind }, { do: 'hold', ms: heldMs })));
      return list;
    });
    void Promise.all(set.lists.map((list) => list.struck)).then(() => struck.resolve());
  }

  return {
    arm: (lane) => {
      struck = Promise.withResolvers();
      set = { mark: viewOf === 'before' ? lane.proxy.mark() : undefined, lists: [], holds: [] };
      return {
        struck: struck.promise,
        hasStruck: () => set.lists.length > 0 && set.lists.every((list) => list.hasStruck()),
        disarm: () => [...set.lists, ...set.holds].forEach((each) => each.disarm()),
      };
    },
    strike: async (lane, namespace) => {
      set.mark ??= lane.proxy.mark();
      if (restart === 'after') await lane.until(namespace, isSteady, WITHIN_MS);
      await lane.operator.kill();
      armLists(lane);
      await lane.operator.start();
    },
    struck: async () => {
      await delay(heldMs + START_MS);
      return [];
    },
  };
}
