import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { effective } from '../../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import { validate } from '../../../src/api/validate.ts';
import { desired } from '../../../src/desired/desired.ts';
import type { Manifest } from '../../../src/desired/manifest.ts';
import { addresses, names, quantities, specs } from '../../apiserver/support/arbitrary.ts';

const objects = (spec: object): Manifest[] => {
  const { spec: parsed, problems } = validate({ metadata: { name: 'acme' }, spec });
  if (!parsed) throw new Error(JSON.stringify(problems));
  return desired('acme', 'team', effective(parsed, DEFAULT_IMAGES));
};

const named = (all: Manifest[], kind: string, name: string) =>
  all.find((object) => object.kind === kind && object.metadata.name === name);

interface Workload {
  selector: { matchLabels: Record<string, string> };
  template: { metadata: { labels: Record<string, string> }; spec: { volumes: object[] } };
}
const workloads = (all: Manifest[]) =>
  all
    .filter(({ kind }) => kind === 'Deployment')
    .map(({ metadata, ['spec']: spec }) => ({ name: metadata.name, ...(spec as Workload) }));

describe('a canary', () => {
  const withCanary = (canary: object = {}) =>
    objects({ environments: [{ name: 'prod', canary: { engine: { type: 'Athens', image: 'next' }, ...canary } }] });

  test('has a Deployment, a Service and a NetworkPolicy of its own, and a claim only if it asks for one', () => {
    const ofCanary = (all: Manifest[]) =>
      all.filter(({ metadata }) => metadata.name === 'acme--prod--canary').map(({ kind }) => kind);
    expect(ofCanary(withCanary())).toEqual(['Service', 'NetworkPolicy', 'Deployment']);
    expect(ofCanary(withCanary({ storage: { type: 'PersistentVolumeClaim' } }))).toEqual([
      'PersistentVolumeClaim',
      'Service',
      'NetworkPolicy',
      'Deployment',
    ]);
  });

  test('shares no pod with another selector of the cache', () => {
    const all = withCanary();
    const matches = (selector: Record<string, string>, labels: Record<string, string>) =>
      Object.entries(selector).every(([key, value]) => labels[key] === value);
    const pods = workloads(all).map(({ name, template }) => ({ name, labels: template.metadata.labels }));
    for (const { name, selector } of workloads(all)) {
      expect(pods.filter(({ labels }) => matches(selector.matchLabels, labels)).map((pod) => pod.name)).toEqual([name]);
    }
    for (const { kind, metadata, ['spec']: spec } of all) {
      if (kind !== 'Service') continue;
      const { selector } = spec as { selector: Record<string, string> };
      const owner = metadata.name === 'acme' ? 'acme--gateway' : metadata.name;
      expect(pods.filter(({ labels }) => matches(selector, labels)).map(({ name }) => name)).toEqual([owner]);
    }
  });

  test('changes nothing of the first engine and of the gateway pods; its weight and its header replace no pod', () => {
    const before = objects({ environments: [{ name: 'prod' }] });
    const some = withCanary({ weight: 5 });
    const more = withCanary({ weight: 50, match: { header: { name: 'X-Canary', value: '1' } } });
    for (const kind of ['Deployment', 'Service', 'PersistentVolumeClaim', 'NetworkPolicy']) {
      for (const name of ['acme--prod', 'acme--gateway']) {
        expect(named(some, kind, name)).toEqual(named(before, kind, name));
        expect(named(more, kind, name)).toEqual(named(before, kind, name));
      }
    }
    expect(named(more, 'Deployment', 'acme--prod--canary')).toEqual(named(some, 'Deployment', 'acme--prod--canary'));
    expect(named(more, 'ConfigMap', 'acme--gateway')).not.toEqual(named(some, 'ConfigMap', 'acme--gateway'));
  });

  test('has names that fit, however long the others are', () => {
    const { spec } = validate({
      metadata: { name: 'a' },
      spec: { environments: [{ name: 'e'.repeat(20), canary: { engine: { type: 'Athens' } } }] },
    });
    if (!spec) throw new Error('a valid spec');
    const all = desired('c'.repeat(32), 'team', effective(spec, DEFAULT_IMAGES));
    expect(Math.max(...all.map(({ metadata }) => metadata.name.length))).toBeLessThanOrEqual(63);
  });
});

test('an environment on the disk of its node has no claim, and a bound', () => {
  const all = objects({ environments: [{ name: 'prod', storage: { type: 'EmptyDir', size: '2Gi' } }] });
  expect(all.map(({ kind }) => kind)).not.toContain('PersistentVolumeClaim');
  const [engine] = workloads(all);
  expect(engine?.template.spec.volumes[0]).toEqual({ name: 'storage', emptyDir: { sizeLimit: '2048Mi' } });
});

test('gateway pods that share find each other by a headless Service, alone reach the port of it, and are not replaced for it', () => {
  const before = objects({});
  const after = objects({ gateway: { cache: { sharing: 'ConsistentHash' } } });
  expect(workloads(after)).toEqual(workloads(before));
  const added = after.filter(({ kind, metadata }) => named(before, kind, metadata.name) === undefined);
  expect(added.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(['Service/acme--gateway--peers']);
  expect(added[0]).toMatchObject({ spec: { clusterIP: 'None', ports: [{ port: 8082 }] } });
  const { ingress } = named(after, 'NetworkPolicy', 'acme--gateway')?.['spec'] as {
    ingress: { from?: object[]; ports: { port: number }[] }[];
  };
  const rules = ingress.filter(({ ports }) => ports.some(({ port }) => port === 8082));
  const [gateway] = workloads(after).filter(({ name }) => name === 'acme--gateway');
  expect(rules).toEqual([
    {
      from: [{ podSelector: { matchLabels: gateway?.selector.matchLabels } }],
      ports: [{ port: 8082, protocol: 'TCP' }],
    },
  ]);
});

test('a new gateway pod waits for the engines that should run, and for no canary', () => {
  const all = objects({
    environments: [
      { name: 'prod', default: true, canary: { engine: { type: 'Athens', image: 'next' } } },
      { name: 'dev', replicas: 0 },
    ],
  });
  const { awaited } = named(all, 'ConfigMap', 'acme--gateway')?.['data'] as { awaited: string };
  expect(awaited).toBe('http://acme--prod:3000/readyz\n');
});

test('a change of what is mirrored replaces no pod', () => {
  const mirrored = (percent: number) =>
    objects({ environments: [{ name: 'prod', mirror: { to: 'dev', percent } }, { name: 'dev' }] });
  expect(workloads(mirrored(5))).toEqual(workloads(mirrored(50)));
});

const RUNS = 500;

/** How many of so many generated specs pass the rules; what they become is printed. */
function admitted(given: fc.Arbitrary<unknown>): number {
  let count = 0;
  fc.assert(
    fc.property(names, given, (name, generated) => {
      const { spec } = validate({ metadata: { name }, spec: generated });
      if (!spec) return;
      count++;
      expect(desired(name, 'team', effective(spec, DEFAULT_IMAGES))).not.toEqual([]);
    }),
    { numRuns: RUNS },
  );
  return count;
}

test.each([
  ['spec', specs()],
  ['address of a checksum database', addresses.map((url) => ({ checksumDatabase: { url } }))],
  ['address of an upstream', addresses.map((url) => ({ upstreams: [{ type: 'URL', url }] }))],
  ['size of the cache', quantities.map((size) => ({ gateway: { cache: { size } } }))],
])('any %s that passes schema and rules becomes objects: no printer refuses it', (_, given) => {
  expect(admitted(given)).toBeGreaterThan(RUNS / 20);
});
