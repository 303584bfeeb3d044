/** C12: the API server goes for a minute, as a process that died or one that says nothing, and a thousand caches wait for it. */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../bench/operator/fleet.ts';
import type { Campaign, Plan, Result } from '../campaign.ts';
import { resultOf } from '../campaign.ts';
import type { Asked } from '../outage/requests.ts';
import { askedSince } from '../outage/requests.ts';
import { makeSite } from '../outage/site.ts';
import type { Site } from '../outage/site.ts';

interface Outage extends Plan {
  readonly how: 'killed' | 'stopped';
  readonly caches: number;
  /** Specs that are changed just before it, and again so many others when it is over. */
  readonly changes: number;
  readonly ms: number;
  /** So long requests are counted after it. */
  readonly countMs: number;
}

/** From the first good answer of `/readyz`. */
const CONVERGED_MS = 30_000;
const AGAIN_MS = 500;
/** After that it is only measured. */
const GIVEN_UP_MS = 120_000;
/** As many as begin in a minute when each fails and the back-off is kept: a server that has just started refuses some (429). */
const MOST_WATCHES = 8;
/** For a changed cache: itself, two children, its status and an event, each twice, since one of them may have been lost. */
const MOST_REQUESTS = 10;
const STILL_MS = 2_000;

export const outage: Campaign = {
  name: 'outage',
  title: 'After a minute without API server 1,000 caches converge within 30 s, and no kind is listed more than once',
  place: 'own',
  together: 1,
  longestMs: 1_200_000,
  plans: ({ sample }) => {
    const hows = sample ? (['killed'] as const) : (['killed', 'stopped'] as const);
    const size = sample
      ? { caches: 20, changes: 5, ms: 5_000, countMs: 10_000 }
      : { caches: 1_000, changes: 50, ms: 60_000, countMs: 60_000 };
    return Promise.resolve(hows.map((how): Outage => ({ id: `outage/${how}`, how, ...size })));
  },
  run: (plan, { mutant }) => play(plan as Outage, mutant),
};

async function play(plan: Outage, mutant: string | undefined): Promise<Result> {
  const startedAt = performance.now();
  const site = await makeSite(plan.caches, mutant);
  try {
    const { problems, figures } = await strike(plan, site);
    return resultOf(plan, { struck: true, problems, violations: [], ms: performance.now() - startedAt, figures });
  } finally {
    await site.stop();
  }
}

async function strike({ how, caches, changes, ms, countMs }: Outage, site: Site) {
  const { server, operator, names } = site;
  await untilStill(site);
  const { pid } = operator;
  const from = Date.now();
  await site.change(names.slice(0, changes));
  if (how === 'killed') await server.kill();
  else server.pause();
  await delay(ms);
  const returnedAt = Date.now();
  if (how === 'killed') server.startAgain();
  else server.resume();
  await server.ready();
  const readyAt = Date.now();
  await site.change(names.slice(-changes));
  const problems: string[] = [];
  await site.followed(GIVEN_UP_MS).catch((error: unknown) => {
    problems.push(error instanceof Error ? error.message : String(error));
  });
  const wrong = await untilRight(site, readyAt + CONVERGED_MS);
  const convergedMs = Date.now() - readyAt;
  if (convergedMs > CONVERGED_MS) problems.push(`it took ${String(convergedMs)} ms until all caches were followed`);
  problems.push(...wrong.slice(0, 10));
  await delay(Math.max(0, readyAt + countMs - Date.now()));
  const since = await askedSince(server.auditLogPath, from);
  problems.push(...tooMuch(since, [...names.slice(0, changes), ...names.slice(-changes)]));
  if (operator.pid !== pid || operator.crashes > 0) problems.push('the operator did not live through it');
  const { firstWriteAt } = await askedSince(server.auditLogPath, readyAt);
  const most = (counts: ReadonlyMap<string, number>) => Math.max(0, ...counts.values());
  const figures = {
    caches,
    'ms until ready': readyAt - returnedAt,
    ...(firstWriteAt !== undefined && { 'ms until the first write': firstWriteAt - readyAt }),
    'ms until converged': convergedMs,
    'requests since': since.all,
    'LISTs of a kind, at most': most(since.lists),
    'WATCHes of a kind, at most': most(since.watches),
  };
  return { problems, figures };
}

/**
 * What is wrong until then, or nothing as soon as nothing is. A cache of which an object was refused counts as followed, and is tried
 * again: an API server that has just started refuses what it does not know yet to be allowed.
 */
async function untilRight(site: Site, deadline: number): Promise<string[]> {
  for (;;) {
    const wrong = await site.wrong();
    if (wrong.length === 0 || Date.now() > deadline) return wrong;
    await delay(AGAIN_MS);
  }
}

/** Nothing has been written for a while. */
const untilStill = ({ server }: Site): Promise<void> =>
  eventually(
    'nothing is written any more',
    async () => (await askedSince(server.auditLogPath, Date.now() - STILL_MS)).written.length === 0,
    GIVEN_UP_MS,
    STILL_MS / 4,
  );

/** What was asked for and need not have been, one sentence each. */
function tooMuch({ all, lists, watches, written }: Asked, changed: readonly string[]): string[] {
  const known = new Set(changed);
  const needless = new Set(written.filter((object) => !known.has(cacheOf(object))));
  const most = changed.length * MOST_REQUESTS + watches.size * (1 + MOST_WATCHES);
  return [
    ...above(lists, 1).map(([kind, count]) => `${kind} were listed ${String(count)} times`),
    ...above(watches, MOST_WATCHES).map(([kind, count]) => `${String(count)} watches of ${kind} began`),
    ...[...needless].slice(0, 10).map((object) => `${object} was written, and its cache had not changed`),
    ...(all > most ? [`there were ${String(all)} requests, and ${String(most)} are enough`] : []),
  ];
}

const above = (counts: ReadonlyMap<string, number>, most: number) => [...counts].filter(([, count]) => count > most);

/** The name of the cache that an object belongs to, as its own name begins with it. */
const cacheOf = (object: string): string => (object.split('/')[1] ?? '').split('--')[0] ?? '';
