/** What can be done to the fields of an object that somebody else owns, one field at a time. */
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Path } from '../chain/json.ts';
import { describePath, get, isObject, isWithin, set, unset } from '../chain/json.ts';
import type { Owned } from './owned.ts';

/** One thing that is done to an object. */
export interface Mutation {
  /** For example `spec.replicas changed`. */
  readonly what: string;
  /** Ways to do it: the first one that the API server takes is meant. */
  readonly tries: readonly ((object: KubeObject) => KubeObject)[];
}

/** Others than these have corruptions of their own: what they do depends on more than the operator. */
const LEFT_OUT: readonly Path[] = [
  ['metadata', 'ownerReferences'],
  ['spec', 'resources', 'requests'],
];
const isMeant = (path: Path) => !LEFT_OUT.some((other) => isWithin(path, other));

/** Every owned value becomes another one. A key of a list's item does not: that is another item. */
export const changes = (object: KubeObject, { leaves, keys }: Owned): Mutation[] =>
  leaves
    .filter((path) => isMeant(path) && !keys.has(describePath(path)))
    .map((path) => ({
      what: `${describePath(path)} changed`,
      tries: otherValues(get(object, path)).map((value) => (live: KubeObject) => set(live, path, value)),
    }));

/** Every owned value and item goes. */
export const removals = (_: KubeObject, { leaves, items }: Owned): Mutation[] =>
  [...leaves, ...items]
    .filter((path) => isMeant(path))
    .map((path) => ({ what: `${describePath(path)} removed`, tries: [(live: KubeObject) => unset(live, path)] }));

/** Every list and map that holds something owned gets one more. */
export function additions(object: KubeObject, { leaves, items }: Owned): Mutation[] {
  const around = [...leaves, ...items].flatMap((path) => path.map((_, length) => path.slice(0, length)));
  const inside = leaves.flatMap((path) => branchesOf(get(object, path)).map((branch) => [...path, ...branch]));
  const places = new Map([...around, ...inside].map((path) => [describePath(path), path]));
  return [...places]
    .filter(([, path]) => path.length > 0 && isMeant(path))
    .map(([text, path]) => ({
      what: `something added to ${text}`,
      tries: larger(get(object, path)).map((value) => (live: KubeObject) => set(live, path, value)),
    }))
    .filter(({ tries }) => tries.length > 0);
}

/** Values that the API server knows: another one for each. */
const OTHERS: Readonly<Record<string, readonly unknown[]>> = {
  TCP: ['UDP'],
  ClusterIP: ['NodePort', 'None'],
  Prefix: ['Exact'],
  Recreate: ['RollingUpdate'],
  IfNotPresent: ['Always'],
  RuntimeDefault: ['Unconfined'],
  ScheduleAnyway: ['DoNotSchedule'],
};
const TEXTS = ['other', '3Gi', '1', '45s'];

/** Other values of the same sort, likely ones first. */
export function otherValues(value: unknown): unknown[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'number') return [value + 1, value - 1];
  if (typeof value === 'string')
    return [...(OTHERS[value] ?? []), `${value}x`, ...TEXTS].filter((other) => other !== value);
  const [first] = Array.isArray(value) ? [0] : Object.keys(isObject(value) ? value : {});
  if (first === undefined) return [];
  return otherValues(get(value, [first])).map((other) => set(value, [first], other));
}

const ADDED = 'drift.example.com';
/** Fields that some object has, and that nobody needs to set. */
const FIELDS: readonly (readonly [string, unknown])[] = [
  ['added', 'by-somebody'],
  [`${ADDED}/added`, 'by-somebody'],
  ['matchExpressions', [{ key: 'added', operator: 'Exists' }]],
  ['progressDeadlineSeconds', 601],
  ['minReadySeconds', 1],
  ['priorityClassName', 'system-cluster-critical'],
  ['imagePullSecrets', [{ name: 'added' }]],
  ['workingDir', '/tmp'],
  ['externalIPs', ['192.0.2.7']],
  ['unhealthyPodEvictionPolicy', 'AlwaysAllow'],
  ['egress', [{}]],
  ['defaultBackend', { service: { name: 'added', port: { number: 80 } } }],
  ['sampleLimit', 1000],
  ['scheme', 'HTTP'],
  ['from', [{ podSelector: {} }]],
  ['endPort', 65_535],
  ['host', 'added.example.com'],
];

/** The same list or map with one more in it. */
function larger(value: unknown): unknown[] {
  if (isObject(value))
    return FIELDS.filter(([name]) => !(name in value)).map(([name, field]) => ({ ...value, [name]: field }));
  if (!Array.isArray(value)) return [];
  const [item] = value as unknown[];
  if (!isObject(item)) return otherValues(item).map((other) => [...(value as unknown[]), other]);
  return likeness(item).map((other) => [...(value as unknown[]), other]);
}

/** Items like this one that it can be told from: with another name, and other numbers, texts or all of them. */
function likeness(item: Readonly<Record<string, unknown>>): unknown[] {
  const fields = Object.keys(item);
  const withOthers = (of: (value: unknown) => boolean) =>
    fields
      .filter((name) => of(item[name]))
      .reduce<unknown>((so, name) => set(so, [name], otherValues(item[name])[0]), item);
  const isPlain = (value: unknown) => typeof value !== 'object' && typeof value !== 'boolean';
  const named = typeof item['name'] === 'string' ? [{ ...item, name: `${item['name']}x` }] : [];
  const numbered = named.map((other) =>
    Object.assign({}, other, withOthers((value) => typeof value === 'number') as object, { name: other.name }),
  );
  // The first way that is taken is meant, and a number in the name of a port is one more.
  return [
    ...numbered,
    ...named,
    withOthers(isPlain),
    ...fields.map((name) => set(item, [name], otherValues(item[name])[0])),
  ];
}

/** The ways to lists and maps inside a value, itself included. */
function branchesOf(value: unknown): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return [
    [],
    ...Object.entries(value).flatMap(([name, inner]) => {
      const step = Array.isArray(value) ? Number(name) : name;
      return branchesOf(inner).map((path) => [step, ...path]);
    }),
  ];
}
