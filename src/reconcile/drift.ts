import type { KubeObject } from '../kube/objects.ts';
import { sameQuantity } from '../api/quantity.ts';

type Json = unknown;
const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const identity = (value: Json) =>
  isObject(value) ? (value['name'] ?? value['uid'] ?? value['mountPath'] ?? value['topologyKey']) : undefined;

/** Fields whose values are quantities, directly or one level down. */
const QUANTITIES = ['requests', 'limits', 'sizeLimit'];

/**
 * Fields that have one owner as a whole, as the types of Kubernetes and the Gateway API say (atomic). What somebody adds there is a change of what
 * is ours: one label more in a selector, and it selects nothing.
 */
const ATOMIC = ['selector', 'podSelector', 'labelSelector', 'namespaceSelector', 'parentRefs', 'backendRefs'];

/** Lists of that sort in the spec of a kind whose items have no defaults: nothing may stand beside our fields there either. */
const WHOLE: Readonly<Record<string, readonly string[]>> = { NetworkPolicy: ['ingress'], Ingress: ['rules', 'tls'] };

/** Whether an object is what we want it to be, as far as it is ours. */
export function isAsWanted(live: KubeObject, wanted: KubeObject): boolean {
  const [there, ours] = [live.spec, wanted.spec] as Record<string, Json>[];
  return (
    covers(live, wanted) &&
    (WHOLE[wanted.kind] ?? []).every((field) => ours?.[field] === undefined || covers(ours[field], there?.[field]))
  );
}

/**
 * Whether everything that we want is in what is there. What others and the API server's defaults add does not count:
 * a field, a label, an item of a list whose items have names. Selectors, and lists of anything else, must be equal. Quantities may be written
 * in another way: the API server does that.
 */
export function covers(live: Json, wanted: Json, isQuantity = false): boolean {
  if (isObject(wanted))
    return (
      isObject(live) &&
      Object.entries(wanted).every(([name, value]) =>
        ATOMIC.includes(name)
          ? isAll(live[name], value)
          : covers(live[name], value, isQuantity || QUANTITIES.includes(name)),
      )
    );
  if (Array.isArray(wanted)) return coversList(live, wanted);
  if (live === wanted) return true;
  return isQuantity && typeof live === 'string' && typeof wanted === 'string' && sameQuantity(live, wanted);
}

/** Of an atomic field: a selector has no defaults, the items of a list may have. */
const isAll = (live: Json, wanted: Json): boolean =>
  Array.isArray(wanted) ? coversEach(live, wanted) : covers(live, wanted) && covers(wanted, live);

function coversList(live: Json, wanted: Json[]): boolean {
  if (!wanted.every((item) => identity(item) !== undefined)) return coversEach(live, wanted);
  if (!Array.isArray(live)) return wanted.length === 0 && live === undefined;
  // Several may have one name.
  return wanted.every((item) => live.some((other) => identity(other) === identity(item) && covers(other, item)));
}

function coversEach(live: Json, wanted: Json[]): boolean {
  if (!Array.isArray(live)) return wanted.length === 0 && live === undefined;
  return live.length === wanted.length && wanted.every((item, index) => covers(live[index], item));
}
