/**
 * C3: what the operator watches stops telling, tells wrong, or is refused, while somebody does what only this watch tells of. All has to
 * end as if nothing had been: within 60 s when a watch died without a word, else within some seconds, and without a LIST where the watch
 * can go on from where it was.
 *
 * A lost event (`drop`) is one that a later one of the same object makes void. Kubernetes loses none, and the last state of an object is
 * all that counts here; what nothing supersedes would be found only by the next LIST, and nothing promises when that is.
 */
import type { Lane } from '../bed/lane.ts';
import type { Campaign, Plan, Result, Scope } from '../campaign.ts';
import { resultOf } from '../campaign.ts';
import { inOrder } from '../random.ts';
import type { Deed } from '../watch/deeds.ts';
import { deedsOf } from '../watch/deeds.ts';
import { watchedKinds } from '../watch/kinds.ts';
import { play } from '../watch/play.ts';
import type { Stage } from '../watch/stage.ts';
import { openStage } from '../watch/stage.ts';
import type { Turn, Turns } from '../watch/turns.ts';
import { createTurns } from '../watch/turns.ts';
import { HALF_OPEN, ways } from '../watch/ways.ts';

const ALL_AT_ONCE = [HALF_OPEN, 'close', 'reset', '410', '410 event', '503'];
const SAMPLE = ['close', 'reset', 'cut-line', 'garbage', 'drop', 'duplicate', '410', '410 event', '500 event', '403'];
/** After a watch that was open for 10 s the operator takes its back-off from the start again. */
const REST_MS = 10_500;

/** The watches of some kinds are disturbed in one way. */
interface Disturbance extends Plan {
  readonly kinds: readonly string[];
  /** One for each kind. */
  readonly deeds: readonly string[];
  readonly way: string;
}

const planOf = (way: string, kind: string, { name }: Deed): Disturbance => ({
  id: `watch/${kind}/${name}/${way}`,
  kinds: [kind],
  deeds: [name],
  way,
});

function plansOf({ seed, sample }: Scope): Disturbance[] {
  if (sample)
    return SAMPLE.flatMap((way, index) => {
      const kind = watchedKinds[index % watchedKinds.length] ?? '';
      const deeds = deedsOf(kind);
      return planOf(way, kind, deeds[index % 2] ?? deeds[0]);
    });
  const single = ways.flatMap(({ name }) =>
    watchedKinds.flatMap((kind) => deedsOf(kind).map((deed) => planOf(name, kind, deed))),
  );
  const isLong = ({ way }: Disturbance) => way === HALF_OPEN;
  const all = ALL_AT_ONCE.map((way) => ({
    id: `watch/all kinds/${way}`,
    kinds: watchedKinds,
    deeds: watchedKinds.map((kind) => deedsOf(kind)[0].name),
    way,
  }));
  // Those that wait longest begin first, and the others go on beside them.
  const rest = single.filter((each) => !isLong(each));
  return [...single.filter(isLong), ...inOrder(rest, seed), ...all];
}

export const watch: Campaign = {
  name: 'watch',
  title: 'Every watch dies, is cut, lies, lags and is refused, while what it should tell of happens',
  place: 'lane',
  // Many more than there are kinds: most of them wait for their turn, those of half-open watches for minutes.
  together: 80,
  longestMs: 1_200_000,
  plans: (scope) => Promise.resolve(plansOf(scope)),
  run: (plan, _, lane) => {
    if (!lane) throw new Error('watch needs a lane');
    return disturb(plan as Disturbance, lane);
  },
};

/** What the plans of a lane share. */
interface Site {
  readonly turns: Turns;
  readonly stages: Map<string, Promise<Stage>>;
}
const sites = new WeakMap<Lane, Site>();

function siteOf(lane: Lane): Site {
  const site = sites.get(lane) ?? { turns: createTurns(), stages: new Map<string, Promise<Stage>>() };
  sites.set(lane, site);
  return site;
}

/** The stage of a kind, made when it is first needed. */
function stageOf({ turns, stages }: Site, lane: Lane, kind: string): Promise<Stage> {
  const make = async () => {
    const end = await turns.take({ faulted: [], needs: watchedKinds, isLong: false });
    try {
      return await openStage(lane, kind);
    } finally {
      end(0);
    }
  };
  const stage = stages.get(kind) ?? make();
  stages.set(kind, stage);
  return stage;
}

/** The turn of a plan, on stages that no plan before it has spoiled. */
async function enter(site: Site, lane: Lane, kinds: readonly string[], turn: Turn) {
  for (;;) {
    const made = kinds.map((kind) => stageOf(site, lane, kind));
    const stages = await Promise.all(made);
    const end = await site.turns.take(turn);
    if (kinds.every((kind, index) => site.stages.get(kind) === made[index])) return { stages, end };
    end(0);
  }
}

async function disturb(plan: Disturbance, lane: Lane): Promise<Result> {
  const { kinds } = plan;
  const site = siteOf(lane);
  const way = ways.find(({ name }) => name === plan.way);
  const deeds = kinds.map((kind, index) => deedsOf(kind).find(({ name }) => name === plan.deeds[index]));
  if (!way || deeds.includes(undefined)) throw new Error(`${plan.id}: there is no such plan any more`);
  const needs = deeds.flatMap((deed) => deed?.needs ?? []);
  const { stages, end } = await enter(site, lane, kinds, { faulted: kinds, needs, isLong: way.name === HALF_OPEN });
  const begin = performance.now();
  const { crashes } = lane.operator;
  try {
    const found = await Promise.all(
      kinds.map((kind, index) => play(kind, deeds[index] as Deed, stages[index] as Stage, way)),
    );
    const problems = found.flatMap((each) => each.problems);
    if (lane.operator.crashes > crashes) problems.push('the operator ended by itself');
    if (problems.length > 0) leave(site, lane, kinds, stages);
    return resultOf(plan, {
      struck: true,
      problems,
      violations: found.flatMap(({ violations }) => violations),
      ms: performance.now() - begin,
      figures: {
        [`ms until all was well, ${way.name}`]: Math.round(Math.max(...found.map(({ ms }) => ms))),
        LISTs: found.reduce((sum, { lists }) => sum + lists, 0),
      },
    });
  } finally {
    end(way.ends ? REST_MS : 0);
  }
}

/** The next plan of these kinds gets another stage. */
function leave(site: Site, lane: Lane, kinds: readonly string[], stages: readonly Stage[]): void {
  for (const kind of kinds) site.stages.delete(kind);
  for (const { namespace } of stages) lane.free(namespace);
}
