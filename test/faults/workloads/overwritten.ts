import type { ToldEvent } from '../proxy/proxy.ts';

/** An event of a workload, as each of its runs has it. */
export type EventKey = Pick<ToldEvent, 'kind' | 'name' | 'occurrence'>;

/**
 * Events that each run has, and that a later event of the same object makes needless. Only a cache made anew is made by somebody else: that a
 * child is gone is left out, since nothing would follow if the operator did not know it.
 */
export function overwritten(runs: readonly (readonly ToldEvent[])[]): EventKey[] {
  const [first = [], ...rest] = runs.map(overwrittenOnce);
  const others = rest.map((events) => new Set(events.map(eventText)));
  return first.filter((event) => others.every((texts) => texts.has(eventText(event))));
}

/** `Deployment cache--gateway event #2`. */
export const eventText = ({ kind, name, occurrence }: EventKey): string =>
  `${kind} ${name} event #${String(occurrence)}`;

function overwrittenOnce(told: readonly ToldEvent[]): EventKey[] {
  return told
    .filter((event) => event.type !== 'DELETED' || event.kind === 'GoProxyCache')
    .filter((event) => event.occurrence < fewest(told.filter((other) => isOfOneName(other, event))))
    .map(({ kind, name, occurrence }) => ({ kind, name, occurrence }));
}

export const isOfOneName = (a: EventKey, b: EventKey): boolean => a.kind === b.kind && a.name === b.name;

/** Pods share a name, and their events come in any order: one that is not the last of any pod is among so many first ones. */
function fewest(ofOneName: readonly ToldEvent[]): number {
  if (ofOneName[0]?.kind !== 'Pod') return ofOneName.length;
  const counts = Map.groupBy(ofOneName, ({ uid }) => uid);
  return Math.min(...[...counts.values()].map(({ length }) => length));
}
