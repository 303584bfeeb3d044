import type { Json, Path } from './json.ts';
import { get, isWithin, set, unset } from './json.ts';

/** A field that means something only beside another one, and that other one. The rules want it not. */
interface Companion {
  at: Path;
  readonly beside: (spec: Json, changed: Path) => Json;
}

const length = (spec: Json, path: Path): number => (get(spec, path) as unknown[] | undefined)?.length ?? 0;

const besideFallThrough = (spec: Json, changed: Path): Json => {
  const list = changed.slice(0, -2);
  const isLast = changed.at(-2) === length(spec, list) - 1;
  return isLast ? set(spec, [...list, length(spec, list)], { type: 'URL', url: 'https://proxy.lab.example' }) : spec;
};

/** The first environment has no block of its own in place of the cache's. */
const notReplaced =
  (block: string) =>
  (spec: Json): Json =>
    unset(spec, ['environments', 0, block]);

const COMPANIONS: readonly Companion[] = [
  { at: ['upstreams', '*', 'fallThrough'], beside: besideFallThrough },
  { at: ['environments', '*', 'upstreams', '*', 'fallThrough'], beside: besideFallThrough },
  { at: ['upstreams'], beside: notReplaced('upstreams') },
  { at: ['storage'], beside: notReplaced('storage') },
  { at: ['engine', 'resources'], beside: notReplaced('resources') },
  { at: ['gateway', 'limits', 'key'], beside: (spec) => set(spec, ['gateway', 'limits', 'requestsPerSecond'], 50) },
  { at: ['checksumDatabase', 'url'], beside: (spec) => unset(spec, ['checksumDatabase', 'mode']) },
  { at: ['gateway', 'routing', 'header'], beside: (spec) => unset(spec, ['gateway', 'routing', 'order']) },
  { at: ['gateway', 'routing', 'onConflict'], beside: (spec) => unset(spec, ['gateway', 'routing', 'order']) },
  { at: ['gateway', 'routing', 'onUnknown'], beside: (spec) => unset(spec, ['gateway', 'routing', 'order']) },
  {
    at: ['environments', '*', 'default'],
    beside: (spec) => (length(spec, ['environments']) > 1 ? spec : set(spec, ['environments', 1], {})),
  },
];

/** The spec with what a changed field needs beside it to mean something. */
export const meaningful = (spec: Json, changed: Path): Json =>
  COMPANIONS.filter(({ at }) => isWithin(changed, at)).reduce((now, { beside }) => beside(now, changed), spec);
