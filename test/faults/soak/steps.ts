/** What people do with one cache, one thing after the other, without an end: made by a seed alone. */
import { changed } from '../chain/change.ts';
import type { Change } from '../chain/change.ts';
import type { Json } from '../chain/json.ts';
import { get } from '../chain/json.ts';
import { leaves } from '../chain/leaves.ts';
import { track } from '../chain/tracks.ts';
import { oneOf } from '../random.ts';
import type { Drift } from './drifts.ts';
import { DRIFTS } from './drifts.ts';

/** One thing that is done. */
export type Step =
  /** The spec becomes another one. */
  | { readonly do: 'spec'; readonly spec: Json }
  /** The cache is deleted, and one of the same name and spec made at once. */
  | { readonly do: 'anew' }
  /** Somebody changes or deletes one of its objects. `pick`, in [0, 1), says which. */
  | { readonly do: 'drift'; readonly drift: Drift; readonly pick: number };

/** Claims only grow here, so that each has the same end in whichever order things are seen; the campaign `chain` does the rest. */
const SIZES = ['12Gi', '15Gi', '20Gi', '30Gi'];
const places = leaves.filter(({ path }) => !/\bstorage\b/.test(path) && path !== 'spec.paused');

/** How often what is done, in shares of 100. The rest are changes of a leaf. */
const SHARES = { anew: 4, drift: 20, environment: 12, scale: 12, grow: 4, pause: 3 } as const;
/** The share of steps after which a pause ends. */
const RESUMED = 0.4;

/** The steps of one cache; `next` gives its chances. Starts from `spec: {}`. */
export function* stepsOf(next: () => number): Generator<Step, never> {
  let spec: Json = {};
  for (;;) {
    const isPaused = spec['paused'] === true;
    const what = isPaused && next() < RESUMED ? 'resume' : kindOf(next() * 100);
    if (what === 'anew') yield { do: 'anew' };
    else if (what === 'drift') yield { do: 'drift', drift: oneOf(DRIFTS, next()), pick: next() };
    else {
      const after = changed(spec, changeOf(what, spec, next));
      if (!after) continue;
      spec = after.spec;
      yield { do: 'spec', spec };
    }
  }
}

type Kind = keyof typeof SHARES | 'resume' | 'leaf';

function kindOf(chance: number): Kind {
  let below = 0;
  for (const kind of Object.keys(SHARES) as (keyof typeof SHARES)[]) {
    below += SHARES[kind];
    if (chance < below) return kind;
  }
  return 'leaf';
}

function changeOf(kind: Exclude<Kind, 'anew' | 'drift'>, spec: Json, next: () => number): Change {
  const environments = (get(spec, ['environments']) as unknown[] | undefined) ?? [];
  switch (kind) {
    case 'environment':
      return environments.length > 0 && next() < 0.5
        ? { path: ['environments', Math.floor(next() * environments.length)], value: undefined }
        : { path: ['environments', environments.length], value: { name: oneOf(['prod', 'dev', 'qa'], next()) } };
    case 'scale':
      return { path: ['gateway', 'replicas'], value: 1 + Math.floor(next() * 4) };
    case 'grow':
      return { path: ['storage', 'size'], value: larger(get(spec, ['storage', 'size'])) };
    case 'pause':
      return { path: ['paused'], value: true };
    case 'resume':
      return { path: ['paused'], value: undefined };
    case 'leaf':
      return oneOf(track(oneOf(places, next()), Math.floor(next() * 2)), next())(spec);
  }
}

const larger = (size: unknown): unknown => SIZES[SIZES.indexOf(size as string) + 1] ?? size;
