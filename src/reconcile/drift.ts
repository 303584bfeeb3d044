type Json = unknown;
const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const identity = (value: Json) => (isObject(value) ? (value['name'] ?? value['uid'] ?? value['mountPath']) : undefined);

/**
 * Whether everything that we want is in what is there. What others and the API server's defaults add does not count:
 * a field, a label, an item of a list whose items have names. Lists of anything else must be equal.
 */
export function covers(live: Json, wanted: Json): boolean {
  if (isObject(wanted))
    return isObject(live) && Object.entries(wanted).every(([name, value]) => covers(live[name], value));
  if (!Array.isArray(wanted)) return live === wanted;
  if (!Array.isArray(live)) return wanted.length === 0 && live === undefined;
  const named = wanted.every((item) => identity(item) !== undefined);
  if (named)
    return wanted.every((item) =>
      covers(
        live.find((other) => identity(other) === identity(item)),
        item,
      ),
    );
  return live.length === wanted.length && wanted.every((item, index) => covers(live[index], item));
}
