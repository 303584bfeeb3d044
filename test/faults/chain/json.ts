/** A way into a spec: names of fields and indexes of items. */
export type Path = readonly (string | number)[];
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path, if there is one. */
export const get = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined),
    root,
  );

/** The same with another value at a path. Objects and lists on the way are made; an index beyond the end appends. */
export function set<T>(root: T, path: Path, value: unknown): T {
  const [step, ...rest] = path;
  if (step === undefined) return value as T;
  const inner = set(get(root, [step]), rest, value);
  if (typeof step === 'number') return (Array.isArray(root) ? replaced(root, step, inner) : [inner]) as T;
  return { ...(isObject(root) ? root : {}), [step]: inner } as T;
}

const replaced = (list: readonly unknown[], index: number, value: unknown): unknown[] =>
  index < list.length ? list.map((item, at) => (at === index ? value : item)) : [...list, value];

/** The same without what is at a path. */
export function unset<T>(root: T, path: Path): T {
  const [step, ...rest] = path;
  if (step === undefined || get(root, [step]) === undefined) return root;
  if (rest.length > 0) return set(root, [step], unset(get(root, [step]), rest));
  if (Array.isArray(root)) return root.filter((_, index) => index !== step) as T;
  return Object.fromEntries(Object.entries(root as Json).filter(([name]) => name !== step)) as T;
}

/** For example environments[0].canary.weight. */
export const describePath = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${String(step)}]` : text === '' ? step : `${text}.${step}`),
    '',
  );

/** The reverse of {@link describePath}. */
export const pathOf = (text: string): Path =>
  text
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .map((step) => (/^[0-9]+$/.test(step) ? Number(step) : step));

/** Whether a path is at or below another. A step `*` of the other is any step. */
export const isWithin = (path: Path, other: Path): boolean =>
  path.length >= other.length && other.every((step, index) => step === '*' || step === path[index]);
