import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { effective } from '../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../src/api/images.ts';
import type { Spec } from '../../src/api/spec.ts';
import type { GoProxyCache } from '../../src/api/types.ts';
import { validate } from '../../src/api/validate.ts';
import { desired } from '../../src/desired/desired.ts';
import type { Manifest } from '../../src/desired/manifest.ts';
import type { KubeObject, ObjectRef } from '../../src/kube/objects.ts';
import { resourceOf, resources } from '../../src/kube/paths.ts';
import { covers } from '../../src/reconcile/drift.ts';
import { specs } from './support/arbitrary.ts';
import { access } from './support/access.ts';
import type { Harness } from './support/harness.ts';
import { cache, NAMESPACE, startHarness, until } from './support/harness.ts';
import type { RunningOperator } from './support/operator.ts';
import { startOperator } from './support/operator.ts';

/** No kubelet here: nothing becomes ready, but every object that the operator writes is real. */
let harness: Harness;
let operator: RunningOperator;
beforeAll(async () => {
  harness = await startHarness({ controllers: true });
  operator = await startOperator((await access(harness)).kubeconfigPath);
}, 120_000);
afterAll(async () => {
  await operator.stop();
  await harness.stop();
});

const read = (name: string) =>
  harness.client.find<GoProxyCache & KubeObject>(resources.GoProxyCache, { namespace: NAMESPACE, name });
const condition = async (name: string, type: string) =>
  (await read(name))?.status?.conditions?.find((c) => c.type === type);
const find = (object: { apiVersion: string; kind: string; metadata: ObjectRef }) =>
  harness.client.find(resourceOf(object), object.metadata);

function manifests(name: string, spec: Spec): Manifest[] {
  const validated = validate({ metadata: { name }, spec });
  if (!validated.spec) throw new Error(JSON.stringify(validated.problems));
  return desired(name, NAMESPACE, effective(validated.spec, DEFAULT_IMAGES));
}

/** The number of writes that the operator has tried so far. */
const writes = () => operator.metric('rest_client_requests_total', (labels) => !labels.includes('method="GET"'));

async function converged(name: string, spec: Spec): Promise<Manifest[]> {
  const wanted = manifests(name, spec);
  await until(`all objects of ${name} are there`, async () =>
    (await Promise.all(wanted.map(find))).every((live, index) => live && covers(live, wanted[index])),
  );
  return wanted;
}

/** A stand-in for a definition that comes from elsewhere: name and version are its, the schema takes anything. */
function standIn(group: string, kind: string) {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a stand-in for a test' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

test('an apply of what must be new makes each kind of child, and conflicts with one that is there, whoever made it', async () => {
  const { client } = harness;
  for (const manifest of manifests('only-new', {})) {
    const resource = resourceOf(manifest);
    await client.apply(resource, manifest, { onlyNew: true });
    await expect(client.apply(resource, manifest, { onlyNew: true })).rejects.toMatchObject({ code: 'KUBE_CONFLICT' });
  }
});

describe('the operator on a real API server', () => {
  test('makes every object of a cache as it is described, owned by the cache, but for its volume', async () => {
    await harness.client.create(resources.GoProxyCache, cache('fresh', {}));
    const wanted = await converged('fresh', {});
    const owner = (await read('fresh'))?.metadata.uid;
    for (const manifest of wanted) {
      const owners = (await find(manifest))?.metadata.ownerReferences?.map(({ uid }) => uid);
      expect([manifest.kind, owners]).toEqual([
        manifest.kind,
        manifest.kind === 'PersistentVolumeClaim' ? undefined : [owner],
      ]);
    }
  });

  test('reports on the generation that it saw, with the address to use', async () => {
    await until('the status is there', async () => (await read('fresh'))?.status?.observedGeneration === 1);
    const status = (await read('fresh'))?.status;
    expect(status?.client?.GOPROXY).toBe(`http://fresh.${NAMESPACE}.svc`);
    expect(status?.conditions?.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'Ready',
        'Reconciling',
        'Stalled',
        'StorageReady',
        'EnginesReady',
        'GatewayReady',
        'UpstreamsReachable',
        'VersionsSupported',
      ]),
    );
  });

  test.each(manifests('fresh', {}).map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const))(
    'brings %s %s back when somebody deletes it',
    async (kind, _, manifest) => {
      const before = await find(manifest);
      const uid = before?.metadata.uid ?? '';
      await harness.client.remove(resourceOf(manifest), manifest.metadata, { uid });
      await until(`${kind} is back`, async () => {
        const live = await find(manifest);
        return live !== undefined && live.metadata.uid !== uid && covers(live, manifest);
      });
    },
  );

  test.each<[string, string, unknown]>([
    ['Service', 'fresh', { spec: { ports: [{ name: 'http', port: 81, targetPort: 'http', protocol: 'TCP' }] } }],
    ['Deployment', 'fresh--gateway', { spec: { replicas: 7 } }],
    ['Deployment', 'fresh--prod', { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }],
    ['ConfigMap', 'fresh--gateway', { data: { 'nginx.conf': 'events {}' } }],
    ['NetworkPolicy', 'fresh--prod', { spec: { ingress: [{}] } }],
    ['Service', 'fresh--prod', { metadata: { ownerReferences: null } }],
    ['ConfigMap', 'fresh--gateway', { metadata: { annotations: { 'goproxycache.io/applied': null } } }],
  ])('repairs %s %s when somebody changes it: %j', async (kind, name, patch) => {
    const manifest = manifests('fresh', {}).find((m) => m.kind === kind && m.metadata.name === name);
    if (!manifest) throw new Error(`no ${kind} ${name}`);
    await harness.clientAs('somebody').mergePatch(resourceOf(manifest), manifest.metadata, patch);
    await until(`${kind} ${name} is repaired`, async () => {
      const live = await find(manifest);
      return (
        live?.metadata.ownerReferences !== undefined &&
        live.metadata.annotations?.['goproxycache.io/applied'] !== undefined &&
        covers(live, manifest)
      );
    });
  });

  test('follows a change of the spec, and removes what it no longer asks for', async () => {
    const two: Spec = { environments: [{ name: 'prod' }, { name: 'dev', storage: { retentionPolicy: 'Delete' } }] };
    await harness.client.create(resources.GoProxyCache, cache('changing', two));
    await converged('changing', two);
    await harness.client.mergePatch(
      resources.GoProxyCache,
      { namespace: NAMESPACE, name: 'changing' },
      { spec: { environments: [{ name: 'prod' }] } },
    );
    await until('dev is gone', async () => {
      const left = await Promise.all(
        manifests('changing', two)
          .filter((m) => m.metadata.name.endsWith('--dev'))
          .map(find),
      );
      return left.every((live) => live === undefined || live.metadata.deletionTimestamp !== undefined);
    });
    await converged('changing', { environments: [{ name: 'prod' }] });
  });

  test('never touches an object of somebody else, says whose name is taken, and goes on when it is free', async () => {
    const made = await harness.client.create<KubeObject>(resources.Service, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'clash', namespace: NAMESPACE },
      spec: { ports: [{ port: 1234 }] },
    });
    await harness.client.create(resources.GoProxyCache, cache('clash', {}));
    await until('the clash is told', async () => (await condition('clash', 'Stalled'))?.reason === 'NameClash');
    expect((await condition('clash', 'Ready'))?.message).toContain('Service clash exists and belongs to somebody else');
    expect((await find(made))?.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    await harness.client.remove(resources.Service, made.metadata, { uid: made.metadata.uid ?? '' });
    await until('the Service is ours', async () => (await condition('clash', 'Stalled'))?.status === 'False');
  });

  test.each([
    {
      kind: 'HTTPRoute',
      group: 'gateway.networking.k8s.io',
      name: 'routed',
      spec: { exposure: { gatewayAPI: { parentRefs: [{ name: 'public' }] } } } satisfies Spec,
      found: { parentRefs: [{ name: 'public' }] },
    },
    {
      kind: 'ServiceMonitor',
      group: 'monitoring.coreos.com',
      name: 'watched',
      spec: { monitoring: { serviceMonitor: { intervalSeconds: 15 } } } satisfies Spec,
      found: { endpoints: [{ port: 'status', interval: '15s' }] },
    },
  ])(
    'says that the cluster does not know a $kind when a spec needs it, and makes it as soon as it does',
    async ({ kind, group, name, spec, found }) => {
      await harness.client.create(resources.GoProxyCache, cache(name, spec));
      await until(
        'the missing kind is told',
        async () => (await condition(name, 'Stalled'))?.reason === 'ApplyRefused',
      );
      expect((await condition(name, 'Stalled'))?.message).toContain(`does not know the kind ${kind}`);
      const object = { apiVersion: `${group}/v1`, kind, metadata: { name: `${name}--gateway`, namespace: NAMESPACE } };
      await harness.client.apply(resources.CustomResourceDefinition, standIn(group, kind));
      await until('it is there', async () => (await find(object)) !== undefined, 90_000);
      await until('the cache goes on', async () => (await condition(name, 'Stalled'))?.status === 'False');
      expect((await find(object))?.spec).toMatchObject(found);
    },
    120_000,
  );

  test('leaves the objects of a paused cache alone', async () => {
    await harness.client.create(resources.GoProxyCache, cache('paused', {}));
    const wanted = await converged('paused', {});
    await harness.client.mergePatch(
      resources.GoProxyCache,
      { namespace: NAMESPACE, name: 'paused' },
      { spec: { paused: true } },
    );
    await until('the pause is told', async () => (await condition('paused', 'Reconciling'))?.reason === 'Paused');
    const service = wanted.find((m) => m.kind === 'Service' && m.metadata.name === 'paused');
    const live = service && (await find(service));
    if (!service || !live) throw new Error('no Service');
    await harness.client.remove(resources.Service, service.metadata, { uid: live.metadata.uid ?? '' });
    await harness.client.mergePatch(
      resources.GoProxyCache,
      { namespace: NAMESPACE, name: 'paused' },
      { spec: { gateway: { replicas: 3 } } },
    );
    await until('the new generation was seen', async () => (await read('paused'))?.status?.observedGeneration === 3);
    expect(await find(service)).toBeUndefined();
    await harness.client.mergePatch(
      resources.GoProxyCache,
      { namespace: NAMESPACE, name: 'paused' },
      { spec: { paused: false } },
    );
    await converged('paused', { gateway: { replicas: 3 } });
  });

  test('leaves only the retained volume of a deleted cache, and takes it up again', async () => {
    const spec: Spec = { environments: [{ name: 'prod' }, { name: 'dev', storage: { retentionPolicy: 'Delete' } }] };
    await harness.client.create(resources.GoProxyCache, cache('deleted', spec));
    const wanted = await converged('deleted', spec);
    const volume = wanted.find((m) => m.kind === 'PersistentVolumeClaim' && m.metadata.name === 'deleted--prod');
    const uid = volume && (await find(volume))?.metadata.uid;
    await harness.client.remove(
      resources.GoProxyCache,
      { namespace: NAMESPACE, name: 'deleted' },
      { uid: (await read('deleted'))?.metadata.uid ?? '' },
    );
    await until(
      'only the volume is left',
      async () => {
        const live = (await Promise.all(wanted.map(find))).filter((o) => o !== undefined);
        return live.map((o) => `${o.kind} ${o.metadata.name}`).join() === 'PersistentVolumeClaim deleted--prod';
      },
      90_000,
    );
    await harness.client.create(resources.GoProxyCache, cache('deleted', spec));
    await converged('deleted', spec);
    expect(volume && (await find(volume))?.metadata.uid).toBe(uid);
  }, 150_000);

  test('ends in a status, not in a crash, on whatever the API server accepts', async () => {
    const generated = fc.sample(specs(), { seed: 20261123, numRuns: 300 });
    const names: string[] = [];
    for (const [index, spec] of generated.entries()) {
      const name = `any-${String(index)}`;
      const made = await harness.client.create(resources.GoProxyCache, cache(name, spec)).catch(() => undefined);
      if (made) names.push(name);
    }
    expect(names.length).toBeGreaterThan(20);
    await until(
      'every one has a status',
      async () => {
        const { items } = await harness.client.list<GoProxyCache & KubeObject>(resources.GoProxyCache, {
          namespace: NAMESPACE,
        });
        return items
          .filter(({ metadata }) => names.includes(metadata.name))
          .every(({ status }) => status?.observedGeneration === 1);
      },
      120_000,
    );
    const { items } = await harness.client.list<GoProxyCache & KubeObject>(resources.GoProxyCache, {
      namespace: NAMESPACE,
    });
    const stalled = items
      .filter(({ metadata }) => names.includes(metadata.name))
      .map(
        ({ status }) =>
          status?.conditions?.find(({ type, status: value }) => type === 'Stalled' && value === 'True')?.message,
      )
      .filter((message) => message !== undefined && !message.includes('does not know the kind HTTPRoute'));
    expect(stalled).toEqual([]);
    expect(await operator.metric('controller_runtime_reconcile_panics_total')).toBe(0);
    expect(operator.log()).not.toMatch(/unhandled|uncaught/i);
  }, 240_000);

  test('writes nothing any more once the work is done, whatever else it does', async () => {
    // Some seconds here; the cluster suite counts five minutes in the audit log of a cluster where everything is ready.
    await until(
      'writes stop',
      async () => {
        const before = await writes();
        // Longer than the operator waits before it looks at a cache that is not ready again.
        await delay(20_000);
        return before === (await writes());
      },
      150_000,
    );
  }, 180_000);

  test('was never denied anything: its rights are those that goproxycache install gives it', async () => {
    expect(await operator.metric('rest_client_requests_total', (labels) => labels.includes('code="403"'))).toBe(0);
  });

  test('stops in time on SIGTERM, with exit code 0', async () => {
    expect(await operator.stop()).toBe(0);
  });
});
