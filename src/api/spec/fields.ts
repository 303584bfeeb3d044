import * as z from 'zod';

export const LIST_MAP = (...keys: string[]) => ({
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
});
export const SET = { 'x-kubernetes-list-type': 'set' };
export const ATOMIC = { 'x-kubernetes-list-type': 'atomic' };
export const ATOMIC_MAP = { 'x-kubernetes-map-type': 'atomic' };

/** Bounds a text in characters as the API server counts them, by code point; zod's own `max` counts UTF-16 units. */
export const atMost = (max: number, text: z.ZodString) =>
  text
    .refine((value) => value.length <= max || [...value].length <= max, {
      error: `must have at most ${max} characters`,
    })
    .meta({ maxLength: max });
export const text = (max: number) => atMost(max, z.string().min(1, { error: 'must not be empty' }));

/** Refuses a second item of the same key, as the API server does in a list of type map or set; it says nothing of a third. */
export const unique =
  <T>(key: (item: T) => string) =>
  ({ value, issues }: z.core.ParsePayload<T[]>) => {
    const keys = value.map(key);
    for (const [index, item] of keys.entries())
      if (keys.slice(0, index).filter((other) => other === item).length === 1)
        issues.push({
          code: 'custom',
          path: [index],
          input: value,
          message: `'${item}' is in the list already: leave one of them`,
        });
  };

export const size = () => text(20);
export const quantity = () =>
  z
    .union([z.int(), atMost(20, z.string())], { error: 'must be a whole number or a text of at most 20 characters' })
    .meta({ 'x-kubernetes-int-or-string': true });
export const image = () => text(512);
export const url = () => text(1024);
export const hostname = () => text(253);
export const objectName = () => text(253);
export const claim = () => text(253);
export const cidrs = () =>
  z
    .array(atMost(43, z.string()).describe('A range of addresses, for example 10.0.0.0/8 or fd00::/8.'))
    .min(1)
    .max(64)
    .check(unique((item) => item))
    .meta(SET);

export const quantities = (what: string) =>
  z
    .strictObject({
      cpu: quantity().optional().describe(`CPU ${what}, for example 500m or 2.`),
      memory: quantity().optional().describe(`Memory ${what}, for example 512Mi.`),
    })
    .meta(ATOMIC_MAP);

export const resources = () =>
  z.strictObject({
    requests: quantities('the scheduler reserves').optional().describe('What the scheduler reserves on the node.'),
    limits: quantities('the container may use').optional().describe('What the container may use at most.'),
  });

export const annotations = () =>
  z
    .record(z.string(), atMost(4096, z.string()))
    .refine((map) => Object.keys(map).length <= 64, { error: 'must have at most 64 entries' })
    .meta({ maxProperties: 64 });

export type Resources = z.output<ReturnType<typeof resources>>;
