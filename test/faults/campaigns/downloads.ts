import type { Campaign, Plan, Result, Scope } from '../campaign.ts';
import type { Seen } from '../cluster/clients.ts';
import { startClients } from '../cluster/clients.ts';
import type { CachePod } from '../cluster/rest.ts';
import { podsOf } from '../cluster/rest.ts';
import type { Rollout } from '../cluster/rollouts.ts';
import { ROLLOUTS } from '../cluster/rollouts.ts';
import { fill } from '../cluster/scene.ts';
import type { Stage, Step } from '../cluster/stage.ts';
import { applyHere, baseSpec, NAME, openStage } from '../cluster/stage.ts';

/** In a sample: one that goes live in place, one that rolls the gateway, one that replaces the engines. */
const SAMPLE = [
  'downloads/Nginx/gateway-configuration',
  'downloads/Nginx/gateway-resources',
  'downloads/Nginx/engine-image',
];

let stage: Promise<Stage> | undefined;

export const downloads: Campaign = {
  name: 'downloads',
  title: 'A build that downloads through a cache, and requests beside it, notice no rollout of any kind',
  place: 'cluster',
  together: 1,
  longestMs: 600_000,
  plans: ({ sample }) =>
    Promise.resolve(ROLLOUTS.map(({ id }) => ({ id })).filter(({ id }) => !sample || SAMPLE.includes(id))),
  run: async (plan, scope) => {
    const rollout = ROLLOUTS.find(({ id }) => id === plan.id);
    if (rollout === undefined) throw new Error(`no rollout is called ${plan.id}`);
    const current = await (stage ??= openStage(rollout.type));
    current.type = rollout.type;
    return play(plan, rollout, current, scope);
  },
  end: async () => {
    await (await stage)?.scene.close();
    stage = undefined;
  },
};

async function play(plan: Plan, rollout: Rollout, stage: Stage, { say }: Scope): Promise<Result> {
  await applyHere(stage, baseSpec(stage));
  await fill(stage.served);
  const begin = performance.now();
  const problems: string[] = [];
  const clients = await startClients(stage.served);
  let seen: Seen;
  try {
    await clients.more();
    for (const step of rollout.steps) {
      say(`${plan.id}: ${step.what}`);
      problems.push(...(await pass(step, stage)));
    }
    await clients.more();
  } catch (error) {
    problems.push(`the rollout did not end: ${(error as Error).message}`);
  } finally {
    seen = await clients.stop();
  }
  problems.push(...noticed(seen, rollout));
  const ms = Math.round(performance.now() - begin);
  return {
    id: plan.id,
    outcome: problems.length === 0 ? 'converged' : 'stuck',
    problems,
    ms,
    figures: figures(seen, rollout),
  };
}

/** Takes a step, and compares the pods that went with those that should. */
async function pass(step: Step, stage: Stage): Promise<string[]> {
  const before = await podsOf(stage.scene.namespace, NAME);
  await step.do(stage);
  const after = new Set((await podsOf(stage.scene.namespace, NAME)).map(({ uid }) => uid));
  return replaced(step, before, (pod) => after.has(pod.uid));
}

/** Sentences about pods that went and should have stayed, and about roles of which a pod should have gone. */
export function replaced(
  step: Pick<Step, 'what' | 'replaces'>,
  before: CachePod[],
  isThere: (pod: CachePod) => boolean,
): string[] {
  const gone = before.filter((pod) => !isThere(pod));
  const unplanned = gone.filter(({ role }) => !step.replaces.includes(role));
  const missed = step.replaces.filter((role) => !gone.some((pod) => pod.role === role));
  return [
    ...unplanned.map(({ name, role }) => `${step.what}: pod ${name} (${role}) was replaced, and had no reason to`),
    ...missed.map((role) => `${step.what}: no pod of ${role} was replaced, so there was no rollout`),
  ];
}

/** While an engine is away, the gateway has to say so: at a 404 or 410 the go command would leave for version control. */
const AWAY = [502, 503, 504];

/** Sentences about what clients noticed, and should not have. docs/operations.md says what they may notice in a gap. */
export function noticed({ steady, downloads, failedDownloads, cold }: Seen, { gap }: Pick<Rollout, 'gap'>): string[] {
  const wrong = cold.failures.filter(({ status }) => gap === 'none' || !AWAY.includes(status));
  return [
    ...steady.filter(({ requests }) => requests === 0).map(() => 'no request was made'),
    ...steady.flatMap(({ failed, failures = [] }) =>
      failed === 0 ? [] : [`${failed} requests for cached files failed: ${failures.slice(0, 3).join('; ')}`],
    ),
    ...(downloads === 0 ? ['no download was made'] : []),
    ...failedDownloads.map((words) => `a go mod download failed: ${words}`),
    ...wrong.map(
      ({ path, status, from }) =>
        `${path}, which no cache had, got ${status || 'no answer'} after ${Math.round(from)} ms`,
    ),
  ];
}

function figures(
  { steady, downloads, failedDownloads, slowestDownloadMs, cold }: Seen,
  { gap }: Rollout,
): Record<string, number> {
  const sum = (of: (report: Seen['steady'][number]) => number): number =>
    steady.reduce((total, one) => total + of(one), 0);
  return {
    requests: sum(({ requests }) => requests),
    failed: sum(({ failed }) => failed),
    longestPauseMs: Math.max(...steady.map(({ longestPauseMs }) => longestPauseMs)),
    downloads,
    failedDownloads: failedDownloads.length,
    slowestDownloadMs,
    coldRequests: cold.requests,
    coldFailed: cold.failures.length,
    slowestColdMs: cold.slowestMs,
    ...(gap === 'restart' && { engineGapMs: cold.gapMs }),
  };
}
