import { setTimeout as delay } from 'node:timers/promises';
import { LEASE_TIMES } from '../../../src/runtime/lease.ts';
import type { Campaign, Plan, Result, Scope } from '../campaign.ts';
import { resultOf } from '../campaign.ts';
import { electionFaults } from '../election/faults.ts';
import type { ElectionFault, Stage } from '../election/faults.ts';
import type { Replica } from '../election/replica.ts';
import { endBed, makeSite } from '../election/site.ts';
import { latenessMs, outsideOfTerm } from '../election/terms.ts';
import type { Write } from '../election/terms.ts';

/** From the fault to the first child that another has written. */
const FAILOVER_MS = 20_000;
/** From the fault on; after that it is stuck. */
const GIVEN_UP_MS = 45_000;
/** Of these one plan each is in the sample. */
const SAMPLE = ['terminate', 'kill', 'lease-deleted-and-one-starts'];

interface ElectionPlan extends Plan {
  /** When it strikes, after the work began: another moment between two renewals. */
  readonly afterMs: number;
}

/** Real processes with --leader-election and constant work, each in a namespace and with a token of its own, judged by the audit log. */
export const election: Campaign = {
  name: 'election',
  title: 'Of several operators one works: whatever becomes of it, another does within 20 s, and no other ever writes',
  place: 'own',
  together: 4,
  plans: ({ sample }) => {
    const wanted = electionFaults.filter(({ name }) => !sample || SAMPLE.includes(name));
    const plans = wanted.flatMap(({ name, plans: number }) =>
      Array.from({ length: sample ? 1 : number }, (_, index): ElectionPlan => {
        const afterMs = Math.round((2_000 * index) / number);
        return { id: `election/${name}/${afterMs}ms`, afterMs };
      }),
    );
    return Promise.resolve(plans);
  },
  run: (plan, scope) => play(plan as ElectionPlan, scope),
  end: endBed,
};

async function play(plan: ElectionPlan, { mutant }: Scope): Promise<Result> {
  const startedAt = performance.now();
  const fault = electionFaults.find(({ name }) => name === plan.id.split('/')[1]);
  if (!fault) throw new Error(`no election plan is called ${plan.id}`);
  const site = await makeSite(mutant);
  try {
    const leader = await site.start(fault.clocks?.leader);
    const standby = await site.start(fault.clocks?.standby);
    for (let more = 2; more < (fault.replicas ?? 2); more++) await site.start();
    const stage = { site, leader, standby };
    site.work();
    await firstWrite(stage);
    await delay(plan.afterMs);
    const { problems, figures } = await strike(fault, stage);
    problems.push(...(await site.rest()));
    problems.push(...(await endAll(stage)));
    const writes = await site.writes();
    const violations = outsideOfTerm(writes).map(({ what, receivedAt }) => ({
      what: `received ${new Date(receivedAt).toISOString()} of a process that does not hold the Lease: ${what}`,
    }));
    figures['writesByOthers'] = violations.length;
    figures['lateMs'] = latenessMs(writes, leader.token, LEASE_TIMES.renewDeadlineMs);
    return resultOf(plan, { struck: true, problems, violations, ms: performance.now() - startedAt, figures });
  } finally {
    await site.close();
  }
}

const isChild = ({ what, status }: Write) => status < 300 && what.includes(' deployments ');

async function firstWrite({ site }: Stage): Promise<void> {
  while (!(await site.writes()).some(isChild)) await delay(100);
}

/** When the last renewal arrived of a process other than that of this write, before it; at the earliest `from`. */
const lastRenewalBefore = ({ process, receivedAt }: Write, writes: readonly Write[], from: number): number =>
  Math.max(
    from,
    ...writes
      .filter((write) => write.isLease && write.status < 300 && write.process !== process)
      .map(({ answeredAt }) => answeredAt)
      .filter((at) => at <= receivedAt),
  );

async function strike(fault: ElectionFault, stage: Stage) {
  const { site, leader } = stage;
  const problems: string[] = [];
  const figures: Record<string, number> = {};
  const struckAt = Date.now();
  await fault.strike(stage);
  const from = fault.countsFrom === undefined ? struckAt : Date.now();
  const another = (write: Write) => isChild(write) && write.process !== leader.token && write.receivedAt >= struckAt;
  const anyone = (write: Write) => isChild(write) && write.receivedAt >= from;
  const works = fault.then === 'another' ? another : anyone;
  const deadline = from + GIVEN_UP_MS;
  let first: Write | undefined;
  while (!first && Date.now() < deadline) {
    first = (await site.writes()).filter(works).toSorted((a, b) => a.receivedAt - b.receivedAt)[0];
    await delay(100);
  }
  if (!first) problems.push(`nobody worked within ${GIVEN_UP_MS / 1000} s`);
  else {
    const since = fault.countsFrom === 'last renewal' ? lastRenewalBefore(first, await site.writes(), from) : from;
    const ms = Math.max(0, first.answeredAt - since);
    figures[fault.then === 'another' ? 'failoverMs' : 'againMs'] = ms;
    if (ms > FAILOVER_MS) problems.push(`it took ${ms} ms until a process worked`);
  }
  await fault.heal?.(stage);
  if (fault.then === 'same') await delay(LEASE_TIMES.durationMs + 3_000);
  if (fault.then === 'same' && !leader.leads()) problems.push('the leader does not lead any more');
  if (fault.then === 'another') problems.push(...(await hasEnded(leader, fault.exit === undefined ? 1 : fault.exit)));
  // Time for what is late to come.
  await delay(2_000);
  return { problems, figures };
}

async function hasEnded(replica: Replica, code: number | null): Promise<string[]> {
  const ended = await Promise.race([replica.ended, delay(25_000, 'not yet')]);
  return ended === code ? [] : [`the old leader ended with ${String(ended)} instead of ${String(code)}`];
}

async function endAll({ site }: Stage): Promise<string[]> {
  const problems = site.replicas.flatMap(({ crashes }) => crashes.map((line) => `it is no log line: ${line}`));
  const running = site.replicas.filter((replica) => replica.exitCode() === undefined);
  for (const replica of running) replica.signal('SIGTERM');
  const codes = await Promise.all(running.map(({ ended }) => ended));
  return [...problems, ...codes.filter((code) => code !== 0).map((code) => `a process told to end ended with ${code}`)];
}
