/** What happens while a watch is disturbed, for each kind that the operator watches: something that only this watch tells of. */
import { resources } from '../../../src/kube/paths.ts';
import type { State } from '../bed/lane.ts';
import { cacheDeeds } from './cachedeeds.ts';
import { childDeeds } from './childdeeds.ts';
import { classDeeds } from './classdeeds.ts';
import { podDeeds } from './poddeeds.ts';
import type { Stage } from './stage.ts';

/** Something that happens to an object, and what has to become of it. */
export interface Deed {
  readonly name: string;
  /** Other kinds whose watches have to live for that. */
  readonly needs: readonly string[];
  /** The object that its events are about, as the proxy names it. */
  about(stage: Stage): { readonly namespace: string; readonly name: string };
  /** Objects that the operator may have to make, once each: kind and name. */
  makes(stage: Stage): readonly string[];
  /** Before the watch is disturbed. */
  before?(stage: Stage): Promise<void>;
  /** Something that happens to the object first and that the deed makes void: nobody has to hear of it. */
  overwritten(stage: Stage): Promise<void>;
  /** Resolves when the lane sees it, so that what was before is not taken for what came of it. */
  do(stage: Stage): Promise<void>;
  /** True when the operator has done its part; else what is not as it should be. */
  holds(stage: Stage, state: State): true | string;
  /** Takes the deed back, when the watch lives again. */
  after?(stage: Stage): Promise<void>;
}

/** The deeds of a kind. One that has none of its own is a child's. */
export function deedsOf(kind: string): readonly [Deed, ...Deed[]] {
  const resource = Object.values(resources).find((each) => each.kind === kind);
  switch (resource) {
    case undefined:
      throw new Error(`no path is known for ${kind}`);
    case resources.GoProxyCache:
      return cacheDeeds;
    case resources.Pod:
      return podDeeds;
    case resources.StorageClass:
      return classDeeds;
    default:
      return childDeeds(resource);
  }
}
