import type { Campaign } from './campaign.ts';
import type { Entry } from './journal.ts';
import { plansOf, resultsOf } from './journal.ts';
import { duration } from './report.ts';

/** `crash      120/450 plans, 1 stuck, 4 min 2 s`. */
export function progressLine(campaign: string, entries: readonly Entry[], ms: number): string {
  const plans = plansOf(entries, campaign);
  const results = [...resultsOf(entries, campaign).values()];
  const of = (outcome: string) => results.filter((result) => result.outcome === outcome).length;
  const counts = [
    plans ? `${String(results.length)}/${String(plans.length)} plans` : 'making plans',
    ...(of('stuck') > 0 ? [`${String(of('stuck'))} stuck`] : []),
    ...(of('missed') > 0 ? [`${String(of('missed'))} missed`] : []),
    duration(ms),
  ];
  return `${campaign.padEnd(14)}${counts.join(', ')}`;
}

/** Tells a person how far campaigns are. */
export interface Progress {
  readonly say: (text: string) => void;
  /** Something of a campaign has changed. */
  readonly update: (campaign: Pick<Campaign, 'name'>) => void;
  /** Leaves what stands. */
  readonly end: () => void;
}

const PLAIN_MS = 60_000;

/**
 * On a terminal a line for each campaign under way, refreshed in place, with what is said above; else a line for a campaign each minute, and
 * one when its last plan ended.
 */
export function createProgress(stream: NodeJS.WriteStream, entries: () => readonly Entry[]): Progress {
  const startedAt = new Map<string, number>();
  const toldAt = new Map<string, number>();
  let shown = 0;

  const line = (name: string) => progressLine(name, entries(), performance.now() - (startedAt.get(name) ?? 0));
  const isDone = (name: string) => plansOf(entries(), name)?.length === resultsOf(entries(), name).size;

  function clear(): void {
    if (shown > 0) stream.write(`\x1b[${String(shown)}A\x1b[0J`);
    shown = 0;
  }

  function draw(): void {
    clear();
    for (const name of startedAt.keys()) stream.write(`${line(name)}\n`);
    shown = startedAt.size;
  }

  return {
    say: (text) => {
      if (stream.isTTY) clear();
      stream.write(`${text}\n`);
      if (stream.isTTY) draw();
    },
    update: ({ name }) => {
      const now = performance.now();
      if (!startedAt.has(name)) startedAt.set(name, now);
      if (stream.isTTY) {
        draw();
        return;
      }
      if (!isDone(name) && now - (toldAt.get(name) ?? -Infinity) < PLAIN_MS) return;
      toldAt.set(name, now);
      stream.write(`${line(name)}\n`);
    },
    end: () => {
      shown = 0;
    },
  };
}
