import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Plan, Result } from './campaign.ts';
import { CALIBRATION } from './options.ts';

/** What became of a planted bug. */
export interface MutantVerdict {
  readonly name: string;
  /** The plan that told it, and what it said; absent when none did. */
  readonly killedBy?: { readonly plan: string; readonly problems: readonly string[] };
  /** How many plans ran on it. */
  readonly plans: number;
  readonly ms: number;
}

/** One thing that happened in a run. Times are those of the wall clock, in ms since 1970. */
export type Entry =
  | {
      readonly kind: 'plans';
      readonly campaign: string;
      readonly plans: readonly Plan[];
      readonly at: number;
      readonly ms: number;
    }
  | {
      readonly kind: 'result';
      readonly campaign: string;
      readonly result: Result;
      readonly at: number;
      readonly ms: number;
      readonly tries: number;
    }
  /** What no plan can be blamed for alone: an operator that crashed, an invariant outside of all namespaces, plans that could not be made. */
  | { readonly kind: 'problem'; readonly campaign: string; readonly what: string; readonly at: number }
  | { readonly kind: 'mutant'; readonly verdict: MutantVerdict; readonly at: number };

/** What happened so far, kept so that a run which was killed goes on. */
export interface Journal {
  readonly entries: readonly Entry[];
  add(entry: Entry): void;
}

/** Of this process only. */
export function memoryJournal(): Journal {
  const entries: Entry[] = [];
  return { entries, add: (entry) => void entries.push(entry) };
}

/** What an entry is about: a campaign, or the planted bugs. */
const subjectOf = (entry: Entry): string => (entry.kind === 'mutant' ? CALIBRATION : entry.campaign);

/**
 * A file with one JSON line an entry, and in it the version of the sources. Of what it has already those entries count that are of the version
 * that `versionOf` has for their campaign (or for `mutants`).
 */
export function fileJournal(path: string, versionOf: (subject: string) => string): Journal {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const entries: Entry[] = parseEntries(text).filter((entry) => entry.version === versionOf(subjectOf(entry)));
  mkdirSync(dirname(path), { recursive: true });
  // After a line that was cut begins a new one.
  if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n');
  return {
    entries,
    add(entry) {
      entries.push(entry);
      appendFileSync(path, `${JSON.stringify({ ...entry, version: versionOf(subjectOf(entry)) })}\n`);
    },
  };
}

/** The entries of a file. A line that was cut when the process was killed is none. */
function parseEntries(text: string): (Entry & { readonly version?: string })[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Entry];
    } catch {
      return [];
    }
  });
}

/** The plans of a campaign, once they were made. */
export const plansOf = (entries: readonly Entry[], campaign: string): readonly Plan[] | undefined =>
  entries.flatMap((entry) => (entry.kind === 'plans' && entry.campaign === campaign ? [entry.plans] : [])).at(-1);

/** The results of a campaign, by the id of the plan: the last of each. */
export function resultsOf(entries: readonly Entry[], campaign: string): Map<string, Result> {
  return new Map(
    entries.flatMap((entry) =>
      entry.kind === 'result' && entry.campaign === campaign ? [[entry.result.id, entry.result] as const] : [],
    ),
  );
}

/** What became of each mutant, the last of each. */
export function verdictsOf(entries: readonly Entry[]): Map<string, MutantVerdict> {
  return new Map(
    entries.flatMap((entry) => (entry.kind === 'mutant' ? [[entry.verdict.name, entry.verdict] as const] : [])),
  );
}
