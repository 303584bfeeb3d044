import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import type { Spec } from '../../../src/api/spec.ts';
import { CHECKOUT, TESTBED_IMAGES } from '../../support/environment.ts';
import { smallSpec } from '../../support/smallcache.ts';
import { previousVersion, rendered } from './previous.ts';
import type { Scene } from './scene.ts';
import { tlsSecret } from './scene.ts';
import { ENVOY } from './stage.ts';

/** Pods that an upgrade from a version replaces on purpose, and why it is worth it: a role (`gateway`, `engine/prod`) each. */
export const PLANNED: Readonly<Record<string, readonly { role: string; why: string }[]>> = {};

export interface Shape {
  name: string;
  spec: Spec;
  /** Whether clients use it: the engine of `{}` would fetch from the Internet. */
  isUsed: boolean;
}

/** Caches that live through an upgrade: the smallest one, and one of each type with all that can be switched on here. */
export const shapes = (scene: Scene): Shape[] => [
  { name: 'small', spec: {}, isUsed: false },
  { name: 'nginx', spec: full(scene, 'nginx', 'Nginx'), isUsed: true },
  { name: 'envoy', spec: full(scene, 'envoy', 'Envoy'), isUsed: true },
];

function full({ upstreams }: Scene, name: string, type: 'Nginx' | 'Envoy'): Spec {
  return smallSpec('', {
    upstreams,
    privateModules: [{ name: 'acme', patterns: ['git.acme.example/*'] }],
    environments: [
      {
        name: 'prod',
        default: true,
        mirror: { to: 'staging', percent: 10 },
        canary: {
          engine: { type: 'Athens', ...(TESTBED_IMAGES && { image: TESTBED_IMAGES.engine }) },
          weight: 0,
          match: { header: { name: 'X-Canary', value: '1' } },
        },
      },
      { name: 'staging', hostnames: [`${name}.example.com`], storage: { type: 'EmptyDir', size: '1Gi' } },
    ],
    gateway: {
      type,
      ...(type === 'Envoy' && { envoy: ENVOY }),
      tls: { secretRef: { name: tlsSecret(name) }, plainHTTP: 'Enabled' },
      limits: { connections: 64 },
      cache: { size: '1Gi', sharing: 'ConsistentHash' },
    },
    exposure: { ingress: {} },
  });
}

interface Rendered {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec?: { template?: object };
}

/** Pods of the golden caches that an upgrade from `ref` would replace, as sentences; those that are planned are left out. */
export async function changedTemplates(ref: string): Promise<{ compared: number; problems: string[] }> {
  const previous = await previousVersion(ref);
  try {
    // The caches of the version before: what people have when they upgrade.
    const caches = join(previous.folder, 'test/golden/desired/caches.yaml');
    const [before, after] = [previous.folder, CHECKOUT].map((checkout) =>
      rendered<Rendered>(checkout, caches).filter(({ kind }) => kind === 'Deployment'),
    );
    const planned = (PLANNED[ref] ?? []).map(({ role }) => role);
    const changed = (before ?? []).filter(({ metadata, spec }) => {
      const now = (after ?? []).find((other) => other.metadata.name === metadata.name);
      const role = metadata.labels?.['app.kubernetes.io/component'] ?? '';
      return !planned.includes(role) && !isDeepStrictEqual(now?.spec?.template, spec?.template);
    });
    return {
      compared: before?.length ?? 0,
      problems: changed.map(
        ({ metadata }) => `the pods of Deployment ${metadata.name} would be replaced: their template differs`,
      ),
    };
  } finally {
    previous.remove();
  }
}
