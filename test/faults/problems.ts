import type { Lane } from './bed/lane.ts';

/** Lines of an operator's log that nobody meant to write: a stack trace, or an error that the language throws. */
export const isBug = (line: string): boolean =>
  !line.startsWith('{') || /"type":"(Type|Reference|Range|Syntax)Error"|this is a bug/.test(line);

/**
 * Begins to look at what a lane's operator does that no plan can be blamed for alone, since several share it. The function that comes
 * back says what there was since, one sentence each.
 */
export function laneProblems(lane: Lane | undefined): () => string[] {
  if (!lane) return () => [];
  const crashes = lane.operator.crashes;
  const violations = lane.proxy.violations('').length;
  lane.operator.errors();
  return () => [
    ...(lane.operator.crashes > crashes
      ? [`the operator crashed ${String(lane.operator.crashes - crashes)} times`]
      : []),
    ...lane.operator
      .errors()
      .filter(isBug)
      .map((line) => `the operator logged: ${line.slice(0, 500)}`),
    ...lane.proxy
      .violations('')
      .slice(violations)
      .map(({ what }) => what),
  ];
}
