/** One field of a child after the other. */
import { isDeepStrictEqual } from 'node:util';
import { MANAGER } from '../../../src/desired/labels.ts';
import { ApiError, isConflict } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { APPLIED } from '../../../src/reconcile/ownership.ts';
import { set } from '../chain/json.ts';
import type { Mutation } from './mutations.ts';
import type { Owned } from './owned.ts';
import { ownedBy, ownsStill } from './owned.ts';
import type { Site, Struck } from './site.ts';
import { heals, live, put, withChild } from './site.ts';
import { isStill } from './still.ts';

/** More says nothing more. */
const MOST_PROBLEMS = 20;

/**
 * Does all that the API server admits, each in turn, and each has to be taken back by the operator in time; but what takes no field from the
 * operator has to stay, also when the operator applies.
 */
export async function sweep(
  site: Site,
  mutationsOf: (object: KubeObject, owned: Owned) => readonly Mutation[],
): Promise<Struck> {
  const problems: string[] = [];
  const figures = { 'fields mended': 0, 'fields kept': 0 };
  const start = await live(site);
  const owned = ownedBy(start, MANAGER);
  for (const { what, tries } of mutationsOf(start, owned)) {
    const possible = await firstAdmitted(site, tries);
    if (!possible) continue;
    const { change, before, result } = possible;
    const isKept = ownsStill(ownedBy(before, MANAGER), ownedBy(result, MANAGER));
    figures[isKept ? 'fields kept' : 'fields mended'] += 1;
    const found = isKept ? await stays(site, change) : await goes(site, change);
    problems.push(...found.map((text) => `${what}: ${text}`));
    if (problems.length >= MOST_PROBLEMS) break;
    // So that the next one starts from the same.
    if (isKept || found.length > 0)
      await put(site, (object) => ({ ...start, metadata: { ...start.metadata, ...versionOf(object) } }));
  }
  return { problems, figures };
}

const versionOf = ({ metadata: { uid, resourceVersion } }: KubeObject) => ({
  ...(uid !== undefined && { uid }),
  ...(resourceVersion !== undefined && { resourceVersion }),
});

async function goes(site: Site, change: Change): Promise<string[]> {
  await put(site, change);
  return heals(site);
}

async function stays(site: Site, change: Change): Promise<string[]> {
  const hash = ['metadata', 'annotations', APPLIED];
  const { marks } = site.before.get(site.key) as { marks: { applied: string } };
  const stored = await put(site, (object) => set(change(object), hash, 'faked'));
  const expected = withChild(site, set(stored, hash, marks.applied));
  const found = await heals(site, expected);
  return found.length > 0 ? found : isStill(site, expected);
}

type Change = (object: KubeObject) => KubeObject;

/** The first change that the API server would take, and that changes something. */
async function firstAdmitted(
  site: Site,
  tries: readonly Change[],
): Promise<{ change: Change; before: KubeObject; result: KubeObject } | undefined> {
  for (const change of tries) {
    const { before, result } = await tryOut(site, change);
    if (result && !isDeepStrictEqual(contentOf(result), contentOf(before))) return { change, before, result };
  }
  return undefined;
}

/** The object, and what the API server would make of the change; nothing when it refuses that. When the object changes meanwhile, once more. */
async function tryOut(site: Site, change: Change): Promise<{ before: KubeObject; result?: KubeObject }> {
  for (;;) {
    const before = await live(site);
    try {
      return { before, result: await site.somebody.replace(site.resource, change(before), { dryRun: true }) };
    } catch (error) {
      if (isConflict(error)) continue;
      if (!(error instanceof ApiError) || ![400, 403, 422, 500].includes(error.status)) throw error;
      return { before };
    }
  }
}

const contentOf = ({ metadata, ...content }: KubeObject) => ({
  ...content,
  status: undefined,
  metadata: { labels: metadata.labels, annotations: metadata.annotations },
});
