import type { StageOverride, StageProps } from 'goproxycache-operator/cdk8s';

/** The version of Athens on each stage. To promote it, copy the value of a line to the next one. */
const athens = {
  dev: 'v0.18.1',
  staging: 'v0.18.1',
  prod: 'v0.18.1',
};
const engine = (version: string) => ({ image: `docker.io/gomods/athens:${version}` });

/** What all stages have in common. */
export const base = {
  operator: { image: 'registry.example.com/goproxycache-operator:0.1.0' },
  caches: {
    goproxy: {
      upstreams: [{ type: 'URL', url: 'https://goproxy.cn' }, { type: 'Direct' }],
      // Two pools: what a pull request downloads never gets into a release.
      environments: {
        ci: { default: true },
        release: { hostnames: ['release.goproxy.example.com'] },
      },
    },
  },
} satisfies StageProps;

/** Small, and with no pool for releases: there are none on this cluster. */
export const dev = {
  operator: { replicas: 1 },
  caches: {
    goproxy: {
      engine: engine(athens.dev),
      gateway: { replicas: 1 },
      environments: { release: null },
    },
  },
} satisfies StageOverride<typeof base>;

export const staging = {
  caches: { goproxy: { engine: engine(athens.staging) } },
} satisfies StageOverride<typeof base>;

export const prod = {
  caches: {
    goproxy: {
      engine: engine(athens.prod),
      storage: { size: '100Gi' },
      gateway: { replicas: 3, cache: { size: '20Gi' } },
      environments: { release: { storage: { size: '200Gi' } } },
    },
  },
} satisfies StageOverride<typeof base>;
