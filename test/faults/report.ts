import type { Campaign, Result } from './campaign.ts';
import type { Entry, MutantVerdict } from './journal.ts';
import { plansOf, resultsOf, verdictsOf } from './journal.ts';
import type { Mutant } from './mutants/mutant.ts';

/** A figure of plans, over all plans that have it. */
export interface Figure {
  readonly name: string;
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  readonly sum: number;
}

/** What a campaign came to. Times in ms. */
export interface CampaignReport {
  readonly name: string;
  readonly title: string;
  /** How many there are; those that have not run are the difference to the three below. */
  readonly planned: number;
  readonly converged: number;
  readonly stuck: number;
  /** Their moment never came: not counted. */
  readonly missed: number;
  readonly violations: number;
  /** From plans being made to the last result, pauses left out. */
  readonly wallMs: number;
  readonly planMs: { readonly p50: number; readonly p99: number };
  readonly figures: readonly Figure[];
  /** Plans that did not converge, with what was wrong. */
  readonly failures: readonly Result[];
  readonly missedPlans: readonly string[];
  /** What no plan can be blamed for alone. */
  readonly problems: readonly string[];
}

export interface Report {
  /** Of src, test/faults and the lock file. */
  readonly version: string;
  readonly seed: number;
  readonly sample: boolean;
  readonly machine: string;
  /** Programs and their versions. */
  readonly versions: Readonly<Record<string, string>>;
  readonly campaigns: readonly CampaignReport[];
  /** Absent when the calibration was not asked for. */
  readonly mutants?: readonly (Pick<Mutant, 'name' | 'bug'> & Partial<MutantVerdict>)[];
  readonly plans: number;
  readonly converged: number;
  readonly violations: number;
  readonly ok: boolean;
}

export interface ReportInput {
  readonly entries: readonly Entry[];
  readonly campaigns: readonly Pick<Campaign, 'name' | 'title'>[];
  readonly mutants?: readonly Mutant[];
  readonly facts: Pick<Report, 'version' | 'seed' | 'sample' | 'machine' | 'versions'>;
}

/** Sums a journal up. Good is: every plan ran, each campaign has some that count, all of these converged, nothing was violated, every mutant died. */
export function makeReport({ entries, campaigns, mutants, facts }: ReportInput): Report {
  const reports = campaigns.map((campaign) => campaignReport(campaign, entries));
  const sum = (count: (report: CampaignReport) => number) => reports.reduce((total, each) => total + count(each), 0);
  const verdicts = verdictsOf(entries);
  const judged = mutants?.map(({ name, bug }) => ({ name, bug, ...verdicts.get(name) }));
  const converged = sum((each) => each.converged);
  return {
    ...facts,
    campaigns: reports,
    ...(judged && { mutants: judged }),
    plans: converged + sum((each) => each.stuck),
    converged,
    violations: sum((each) => each.violations),
    ok: reports.every(isGood) && (judged?.every(({ killedBy }) => killedBy !== undefined) ?? true),
  };
}

const isGood = ({ planned, converged, stuck, missed, violations, problems }: CampaignReport): boolean =>
  converged > 0 && stuck === 0 && violations === 0 && problems.length === 0 && converged + missed === planned;

function campaignReport({ name, title }: Pick<Campaign, 'name' | 'title'>, entries: readonly Entry[]): CampaignReport {
  const results = [...resultsOf(entries, name).values()];
  const of = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome);
  const problems = entries.flatMap((entry) =>
    entry.kind === 'problem' && entry.campaign === name ? [entry.what] : [],
  );
  const times = results.map(({ ms }) => ms);
  return {
    name,
    title,
    planned: plansOf(entries, name)?.length ?? 0,
    converged: of('converged').length,
    stuck: of('stuck').length,
    missed: of('missed').length,
    violations: results.reduce((sum, { violations = [] }) => sum + violations.length, 0),
    wallMs: wallMs(entries.flatMap((entry) => intervalOf(entry, name))),
    planMs: { p50: percentile(times, 0.5), p99: percentile(times, 0.99) },
    figures: figuresOf(results),
    failures: of('stuck'),
    missedPlans: of('missed').map(({ id }) => id),
    problems,
  };
}

function intervalOf(entry: Entry, campaign: string): [number, number][] {
  if ((entry.kind !== 'plans' && entry.kind !== 'result') || entry.campaign !== campaign) return [];
  return [[entry.at - entry.ms, entry.at]];
}

/** How much time intervals cover together: plans that ran at once count once, and the time between two runs does not. */
export function wallMs(intervals: readonly (readonly [number, number])[]): number {
  let total = 0;
  let reached = -Infinity;
  for (const [from, to] of intervals.toSorted(([a], [b]) => a - b)) {
    total += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return total;
}

/** The value that so large a share of all does not exceed; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function figuresOf(results: readonly Result[]): Figure[] {
  const names = new Set(results.flatMap(({ figures = {} }) => Object.keys(figures)));
  return [...names].sort().map((name) => {
    const values = results.flatMap(({ figures }) => figures?.[name] ?? []);
    return {
      name,
      count: values.length,
      min: Math.min(...values),
      median: percentile(values, 0.5),
      max: Math.max(...values),
      sum: values.reduce((sum, value) => sum + value, 0),
    };
  });
}

/** `faults: 1203 plans, 1203 converged, 0 violations, mutants killed 10/10`. */
export function lastLine({ plans, converged, violations, mutants }: Report): string {
  const killed = mutants?.filter(({ killedBy }) => killedBy).length;
  const score = mutants && `, mutants killed ${String(killed)}/${String(mutants.length)}`;
  return `faults: ${String(plans)} plans, ${String(converged)} converged, ${String(violations)} violations${score ?? ''}`;
}

/** `2 h 5 min`, `3 min 20 s`, `1.2 s`, `31 ms`: two parts at most. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 1000) return `${String(Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min ${String(seconds % 60)} s`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}

/** A line for each campaign, and what went wrong below: for a terminal. */
export function text(report: Report): string {
  const head = ['campaign', 'planned', 'converged', 'stuck', 'missed', 'violations', 'wall', 'plan p50', 'p99'];
  const rows = report.campaigns.map((each) => [
    each.name,
    ...[each.planned, each.converged, each.stuck, each.missed, each.violations].map(String),
    ...[each.wallMs, each.planMs.p50, each.planMs.p99].map(duration),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  const lines = report.campaigns.length > 0 ? [head, ...rows].map((row) => row.map(pad).join('  ')) : [];
  return [...lines, ...report.campaigns.flatMap(troubles), ...(report.mutants ?? []).map(fate)].join('\n');
}

const troubles = ({ name, failures, missedPlans, problems, planned, converged, stuck, missed }: CampaignReport) => [
  ...failures.flatMap(({ id, problems, violations = [] }) => [
    `stuck: ${id}`,
    ...[...problems, ...violations].map(indent),
  ]),
  ...problems.map((what) => `${name}: ${what}`),
  ...missedPlans.map((id) => `missed: ${id}`),
  ...(planned === 0 ? [`${name}: it has no plans`] : []),
  ...(converged + stuck + missed < planned
    ? [`${name}: ${String(planned - converged - stuck - missed)} plans have not run`]
    : []),
];

const indent = (line: string) => `  ${line}`;

const fate = ({ name, bug, killedBy, plans = 0 }: NonNullable<Report['mutants']>[number]): string =>
  killedBy
    ? `mutant ${name}: killed by ${killedBy.plan} (${killedBy.problems[0] ?? ''})`
    : `mutant ${name}: alive after ${String(plans)} plans (${bug})`;
