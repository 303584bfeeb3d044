import type { Spread } from './stats.ts';

/** What a part of the bench has to say: Markdown, the same on the screen and in the docs. */
export interface Report {
  readonly tables: readonly Table[];
  readonly verdicts: readonly Verdict[];
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A target and what was reached. */
export interface Verdict {
  readonly target: string;
  readonly result: string;
  readonly met: boolean;
}

/** `0.97 (0.94 to 1.02)`: the median, and the ends when there was more than one run. */
export function ratio({ min, median, max }: Spread): string {
  return min === max ? number(median) : `${number(median)} (${number(min)} to ${number(max)})`;
}

/** Three figures that count: no measurement here is worth more. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(digits, 2));
}

/** The report as Markdown. */
export function markdown({ tables, verdicts }: Report): string {
  const judged: Table = {
    title: 'Targets',
    head: ['Target', 'Result', ''],
    rows: verdicts.map(({ target, result, met }) => [target, result, met ? 'met' : '**missed**']),
  };
  return [...(verdicts.length > 0 ? [judged] : []), ...tables]
    .map(({ title, head, rows }) =>
      [`**${title}**\n`, row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n'),
    )
    .join('\n\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
