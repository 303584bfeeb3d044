/**
 * What the compiler refuses in a user's stages. Nothing runs this: `npm run check` compiles it, and an error that is expected and does not
 * come is an error.
 */
import type { Spec } from '../../../src/api/spec.ts';
import type { CacheProps, StageOverride, StageProps } from '../../../src/synth/index.ts';
import { synthesize } from '../../../src/synth/index.ts';

export const base = {
  operator: { replicas: 2 },
  caches: {
    goproxy: { storage: { size: '10Gi' }, environments: { ci: { default: true }, release: {} } },
    plain: {},
  },
} satisfies StageProps;

export const fine = {
  namespace: 'elsewhere',
  operator: { watchNamespaces: ['elsewhere'] },
  caches: {
    goproxy: {
      storage: { size: '20Gi', storageClassName: null },
      upstreams: [{ type: 'URL', url: 'https://goproxy.cn', fallThrough: 'AnyError' }],
      environments: { ci: { replicas: 0 }, release: null },
      gateway: { replicas: 3, auth: null },
    },
    plain: null,
  },
} satisfies StageOverride<typeof base>;
export const none = { operator: false } satisfies StageOverride<typeof base>;

export const unknownCache = {
  // @ts-expect-error a cache that is not in the base
  caches: { goprxy: {} },
} satisfies StageOverride<typeof base>;
export const unknownField = {
  // @ts-expect-error a field that a cache does not have
  caches: { goproxy: { storge: { size: '1Gi' } } },
} satisfies StageOverride<typeof base>;
export const unknownInner = {
  // @ts-expect-error a field that a gateway does not have
  caches: { goproxy: { gateway: { replica: 3 } } },
} satisfies StageOverride<typeof base>;
export const unknownEnvironment = {
  // @ts-expect-error an environment that the cache does not have in the base
  caches: { goproxy: { environments: { relaese: {} } } },
} satisfies StageOverride<typeof base>;
export const environmentOfNone = {
  // @ts-expect-error a cache without environments in the base has none to override
  caches: { plain: { environments: { prod: {} } } },
} satisfies StageOverride<typeof base>;
export const wrongType = {
  // @ts-expect-error a text where a number should be
  caches: { goproxy: { gateway: { replicas: '3' } } },
} satisfies StageOverride<typeof base>;
export const wrongValue = {
  // @ts-expect-error a type of gateway that there is not
  caches: { goproxy: { gateway: { type: 'nginx' } } },
} satisfies StageOverride<typeof base>;
export const bare = { operator: false } satisfies StageProps;
export const cacheOfNone = {
  // @ts-expect-error a base without caches has none to override
  caches: { goproxy: {} },
} satisfies StageOverride<typeof bare>;
export const unknownOption = {
  // @ts-expect-error an option that the operator does not have
  operator: { replica: 1 },
} satisfies StageOverride<typeof base>;
export const unknownStageField = {
  // @ts-expect-error a field that a stage does not have
  cache: {},
} satisfies StageOverride<typeof base>;

export const inPlace = () =>
  synthesize({
    base: { caches: { goproxy: { environments: { ci: {} } } } },
    stages: {
      dev: { caches: { goproxy: { environments: { ci: { replicas: 0 } } } } },
      // @ts-expect-error a misspelt cache, without a type from the package
      prod: { caches: { goprxy: {} } },
    },
  });

/** A cache has every field of the spec, under its name. */
type Missing = Exclude<keyof Spec, keyof CacheProps>;
export const everyField: [Missing] extends [never] ? true : Missing = true;
