import type { Figures } from './measure.ts';

/** The most that a warm download may take of a direct one. */
const MOST_OF_DIRECT = 0.6;

const seconds = (value: number): string => `${value.toFixed(1)} s`;
const percent = (value: number): string => `${(value * 100).toFixed(value === 1 ? 0 : 1)} %`;

const COLUMNS: { title: string; cell: (figures: Figures) => string }[] = [
  { title: 'environment', cell: ({ environment }) => environment },
  { title: 'direct', cell: ({ direct }) => seconds(direct) },
  { title: 'cold', cell: ({ cold }) => seconds(cold) },
  { title: 'warm', cell: ({ warm }) => seconds(warm) },
  { title: 'warm/direct', cell: ({ warm, direct }) => (warm / direct).toFixed(2) },
  { title: 'requests', cell: ({ requests }) => String(requests) },
  { title: 'hits when warm', cell: ({ hitRatio }) => percent(hitRatio) },
  { title: 'asked of the upstream: cold', cell: ({ upstream }) => String(upstream.cold) },
  { title: 'warm', cell: ({ upstream }) => String(upstream.warm) },
];

/** The figures as a table: the first column to the left, numbers to the right. */
export function table(figures: readonly Figures[]): string {
  const rows = [COLUMNS.map(({ title }) => title), ...figures.map((row) => COLUMNS.map(({ cell }) => cell(row)))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('   ')).join('\n');
}

/** What is wrong with the figures, one sentence each. */
export function shortcomings(figures: readonly Figures[]): string[] {
  return figures.flatMap(({ environment, warm, direct, hitRatio, upstream }) => [
    ...(warm / direct > MOST_OF_DIRECT
      ? [
          `${environment}: the warm download takes ${(warm / direct).toFixed(2)} of the direct one, more than ${MOST_OF_DIRECT}`,
        ]
      : []),
    ...(hitRatio < 1
      ? [`${environment}: only ${percent(hitRatio)} of the files that never change came from the gateway's cache`]
      : []),
    ...(upstream.warm > 0 ? [`${environment}: the upstream was asked ${upstream.warm} times in warm downloads`] : []),
    ...(upstream.cold === 0
      ? [`${environment}: the cold download did not reach the upstream, so it was not cold`]
      : []),
  ]);
}

/** The figures in one line, for the end of the demo. */
export const headline = (figures: readonly Figures[]): string =>
  figures
    .map(
      ({ environment, direct, cold, warm, requests, hitRatio }) =>
        `${environment}: warm ${seconds(warm)} = ${(warm / direct).toFixed(2)} of direct ${seconds(direct)}, cold ${seconds(cold)}, ` +
        `${requests} requests, ${percent(hitRatio)} hits`,
    )
    .join('; ');
