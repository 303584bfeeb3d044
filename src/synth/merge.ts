/**
 * What an override of T looks like: any part of it. A list replaces the whole list, and null takes out what T says.
 */
export type Override<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Field in keyof T]?: Override<T[Field]> | null | undefined }
    : T;

/**
 * JSON Merge Patch (RFC 7396): objects are merged, anything else is replaced, null takes a field out. What is undefined is not
 * there. Neither argument is changed.
 */
export function merge(base: unknown, override: unknown): unknown {
  if (override === undefined) return base;
  if (!isRecord(override)) return override;
  const merged = new Map(Object.entries(isRecord(base) ? base : {}));
  for (const [field, value] of Object.entries(override))
    if (value === null) merged.delete(field);
    else merged.set(field, merge(merged.get(field), value));
  return Object.fromEntries(merged);
}

/** Whether a value is an object with fields: no list, no null. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
