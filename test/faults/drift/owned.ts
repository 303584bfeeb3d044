/** Which fields of an object a manager owns, by the API server's own record of it (`metadata.managedFields`, fieldsV1). */
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Path } from '../chain/json.ts';
import { describePath, get, isObject } from '../chain/json.ts';

export interface Owned {
  /** Values: what has no owned field below. A list or a map among them is atomic: it has one owner. */
  readonly leaves: readonly Path[];
  /** Items of lists that have a key, as a whole. */
  readonly items: readonly Path[];
  /** Of {@link leaves}, those by which the items of a list are told apart. */
  readonly keys: ReadonlySet<string>;
}

interface Entry {
  manager?: string;
  subresource?: string;
  fieldsV1?: unknown;
}

/** What this manager owns of an object as the API server gave it, its status left out. */
export function ownedBy(object: KubeObject, manager: string): Owned {
  const leaves: Path[] = [];
  const items: Path[] = [];
  const keys = new Set<string>();

  function walk(node: unknown, path: Path): void {
    const fields = Object.entries(isObject(node) ? node : {});
    if (fields.length === 0) leaves.push(path);
    for (const [name, inner] of fields) {
      if (name === '.') {
        if (typeof path.at(-1) === 'number') items.push(path);
        continue;
      }
      const step = stepOf(name, get(object, path));
      if (step === undefined) continue;
      const next = [...path, step];
      for (const key of keysOf(name)) keys.add(describePath([...next, key]));
      walk(inner, next);
    }
  }

  for (const entry of (object.metadata.managedFields ?? []) as Entry[])
    if (entry.manager === manager && entry.subresource === undefined) walk(entry.fieldsV1, []);
  return { leaves, items, keys };
}

/** `f:` is a field, `k:` the item of a list with these values, `v:` the item that is this value. */
function stepOf(name: string, at: unknown): string | number | undefined {
  const text = name.slice(2);
  if (name.startsWith('f:')) return text;
  if (!Array.isArray(at)) return undefined;
  const wanted: unknown = JSON.parse(text);
  const index = at.findIndex((item: unknown) =>
    isObject(wanted) ? Object.entries(wanted).every(([key, value]) => get(item, [key]) === value) : item === wanted,
  );
  return index < 0 ? undefined : index;
}

const keysOf = (name: string): string[] =>
  name.startsWith('k:') ? Object.keys(JSON.parse(name.slice(2)) as object) : [];

/** Whether all that was owned then is owned now. */
export function ownsStill(then: Owned, now: Owned): boolean {
  const has = new Set(now.leaves.map(describePath));
  return then.leaves.every((path) => has.has(describePath(path)));
}
