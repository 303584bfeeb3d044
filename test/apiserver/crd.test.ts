import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { customResourceDefinition, openAPISchema } from '../../src/api/crd.ts';
import type { Schema } from '../../src/api/crd.ts';
import { RESERVED_ENVIRONMENTS } from '../../src/api/rules.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/paths.ts';
import { answerOf } from './support/answer.ts';
import { NAMESPACE, cache, startHarness } from './support/harness.ts';
import type { Harness } from './support/harness.ts';
import { largest } from './support/largest.ts';
import { places } from './support/schema.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 90_000);
afterAll(() => harness.stop());

const kind = resources.GoProxyCache;
const ref = (name: string) => ({ namespace: NAMESPACE, name });
const create = (name: string, spec?: unknown) => harness.client.create(kind, cache(name, spec));
const dryRun = (spec?: unknown) => answerOf(harness.client.create(kind, cache('dry', spec), { dryRun: true }));

const DEFAULTS = {
  paused: false,
  engine: { type: 'Athens', fetch: { timeoutSeconds: 600, concurrency: 10 } },
  checksumDatabase: { mode: 'Proxy', name: 'sum.golang.org' },
  storage: { type: 'PersistentVolumeClaim' },
  gateway: {
    type: 'Nginx',
    replicas: 2,
    routing: { onUnknown: 'Default' },
    cache: { size: '10Gi', mutableTTLSeconds: 30 },
  },
  exposure: { service: { type: 'ClusterIP' } },
};

describe('the CustomResourceDefinition', () => {
  interface Stored extends KubeObject {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
    status: { conditions: { type: string; status: string }[]; acceptedNames: { shortNames: string[] } };
  }
  const stored = () =>
    harness.client.get<KubeObject>(resources.CustomResourceDefinition, {
      name: customResourceDefinition().metadata.name,
    }) as Promise<Stored>;

  test('is established, with its names and without a complaint about the schema', async () => {
    const { status } = await stored();
    expect(Object.fromEntries(status.conditions.map((condition) => [condition.type, condition.status]))).toEqual({
      NamesAccepted: 'True',
      Established: 'True',
    });
    expect(status.acceptedNames.shortNames).toEqual(['gpc']);
  });

  test('is stored with every word of its schema', async () => {
    expect((await stored()).spec.versions[0]?.schema.openAPIV3Schema).toEqual(openAPISchema());
  });

  test('admits the largest object of its bounds, so no rule runs out of its cost budget', async () => {
    expect(await dryRun(largest())).toMatchObject({ rules: [], others: [] });
  });
});

describe('defaults', () => {
  test.each([
    ['an empty spec', {}],
    ['no spec', undefined],
    ['a spec of null', null],
    ['blocks that are null', { engine: null, gateway: { cache: null }, environments: null, upstreams: null }],
  ])('%s is stored as the documented defaults and nothing else', async (_, spec) => {
    expect((await dryRun(spec)).object?.spec).toEqual(DEFAULTS);
  });

  test('are not written into items of a list', async () => {
    const spec = {
      environments: [{ name: 'prod', storage: {} }, { name: 'dev' }],
      upstreams: [{ type: 'URL', url: 'https://goproxy.cn' }, { type: 'Direct' }],
      imagePullSecrets: [{ name: 'registry' }],
      exposure: { gatewayAPI: { parentRefs: [{ name: 'public' }] } },
    };
    expect((await dryRun(spec)).object?.spec).toEqual({
      ...DEFAULTS,
      ...spec,
      exposure: { ...DEFAULTS.exposure, ...spec.exposure },
    });
  });

  test('leave a quantity as it was written, number or text', async () => {
    const resources = { requests: { cpu: 1, memory: '0.5Gi' }, limits: { cpu: '1000m', memory: 1073741824 } };
    expect((await dryRun({ gateway: { resources } })).object?.spec).toMatchObject({ gateway: { resources } });
  });

  test('do not move the generation when the same manifest is applied again', async () => {
    const manifest = cache('again', {
      engine: { resources: { limits: { cpu: 2 } } },
      environments: [{ name: 'prod' }],
    });
    const first = await harness.client.apply(kind, manifest);
    const second = await harness.client.apply(kind, manifest);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });
});

describe('what kubectl shows', () => {
  const objects = places('spec').filter(({ schema }) => schema.properties);
  const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

  test.each(objects.map(({ path, schema }) => [path.replaceAll('[]', ''), schema] as const))(
    'kubectl explain gpc.%s describes each of its fields',
    async (path, schema) => {
      // One paragraph a field: its name and type, then indented what it means.
      const [, fields = ''] = (await harness.kubectl(['explain', `gpc.${path}`])).split('FIELDS:\n');
      const paragraphs = fields.split(/\n\n(?= {2}\w)/).map(oneLine);
      for (const [name, { description }] of Object.entries(schema.properties ?? {})) {
        const paragraph = paragraphs.find((text) => text.startsWith(`${name} <`));
        expect(paragraph).toContain(oneLine(description ?? `${path}.${name} has no description`));
      }
    },
  );

  test('kubectl get prints one line that says whether it serves, and with -o wide why not', async () => {
    await create('printed', {});
    const condition = { lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 };
    await harness.client.applyStatus(kind, {
      ...cache('printed'),
      status: {
        url: 'http://printed.default.svc',
        environmentSummary: 'prod,dev',
        conditions: [{ ...condition, type: 'Ready', status: 'False', reason: 'ClaimPending', message: 'Wait for it.' }],
      },
    });
    const rows = async (...args: string[]) =>
      (await harness.kubectl(['get', 'gpc', 'printed', ...args]))
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/));
    const [head, values] = await rows();
    expect(head).toEqual(['NAME', 'READY', 'ENVIRONMENTS', 'URL', 'AGE']);
    expect(values).toEqual([
      'printed',
      'False',
      'prod,dev',
      'http://printed.default.svc',
      expect.stringMatching(/^\d+s$/),
    ]);
    const [wideHead, wideValues] = await rows('-o', 'wide');
    expect(wideHead?.slice(5)).toEqual(['REASON', 'MESSAGE']);
    expect(wideValues?.slice(5)).toEqual(['ClaimPending', 'Wait for it.']);
  });

  test('kubectl get goproxy, the category, finds caches', async () => {
    await create('categorised', {});
    expect(await harness.kubectl(['get', 'goproxy', '-o', 'name'])).toContain(
      'goproxycache.goproxycache.io/categorised',
    );
  });
});

describe('subresources', () => {
  test('a write to status leaves spec and generation alone, a write to spec leaves status alone', async () => {
    const made = await create('status', {});
    const withStatus = await harness.client.mergePatch(
      kind,
      ref('status'),
      { spec: { paused: true }, status: { url: 'http://a' } },
      { subresource: 'status' },
    );
    expect(withStatus).toMatchObject({ spec: { paused: false }, status: { url: 'http://a' } });
    expect(withStatus.metadata.generation).toBe(made.metadata.generation);
    const withSpec = await harness.client.mergePatch(kind, ref('status'), {
      spec: { paused: true },
      status: { url: 'http://b' },
    });
    expect(withSpec).toMatchObject({ spec: { paused: true }, status: { url: 'http://a' } });
    expect(withSpec.metadata.generation).toBe(2);
  });

  test('kubectl scale sets the number of gateway pods, and an autoscaler finds number and selector in status', async () => {
    await create('scaled', {});
    await harness.client.mergePatch(
      kind,
      ref('scaled'),
      { status: { gateway: { replicas: 2, selector: 'app.kubernetes.io/instance=scaled' } } },
      { subresource: 'status' },
    );
    await harness.kubectl(['scale', 'gpc/scaled', '--replicas=5']);
    expect(await harness.client.get(kind, ref('scaled'))).toMatchObject({ spec: { gateway: { replicas: 5 } } });
    const scale = await harness.kubectl(['get', 'gpc', 'scaled', '--subresource=scale', '-o', 'json']);
    expect(JSON.parse(scale)).toMatchObject({
      spec: { replicas: 5 },
      status: { replicas: 2, selector: 'app.kubernetes.io/instance=scaled' },
    });
  });

  test.each([0, 101])('kubectl scale to %i gateway pods is refused', async (replicas) => {
    await create(`scaled-${replicas}`, {});
    await expect(harness.kubectl(['scale', `gpc/scaled-${replicas}`, `--replicas=${replicas}`])).rejects.toThrow(
      'spec.gateway.replicas',
    );
  });
});

describe('two managers', () => {
  test('each keep their own environments with server-side apply', async () => {
    const [prod, dev] = [harness.clientAs('team-prod'), harness.clientAs('team-dev')];
    const names = async () =>
      ((await harness.client.get(kind, ref('shared'))).spec as { environments?: { name: string }[] }).environments
        ?.map(({ name }) => name)
        .sort();
    await prod.apply(kind, cache('shared', { environments: [{ name: 'prod' }] }), { force: false });
    await dev.apply(kind, cache('shared', { environments: [{ name: 'dev', replicas: 0 }] }), { force: false });
    expect(await names()).toEqual(['dev', 'prod']);
    await prod.apply(kind, cache('shared', { environments: [{ name: 'prod' }, { name: 'staging' }] }), {
      force: false,
    });
    expect(await names()).toEqual(['dev', 'prod', 'staging']);
    await prod.apply(kind, cache('shared', {}), { force: false });
    expect(await names()).toEqual(['dev']);
  });

  test('conflict over one field, and the answer names it', async () => {
    const apply = (manager: string, replicas: number) =>
      harness
        .clientAs(manager)
        .apply(kind, cache('contested', { environments: [{ name: 'prod', replicas }] }), { force: false });
    await apply('one', 0);
    await expect(apply('two', 1)).rejects.toMatchObject({
      code: 'KUBE_CONFLICT',
      causes: [{ field: '.spec.environments[name="prod"].replicas' }],
    });
  });
});

describe('kubectl apply', () => {
  test.each([
    ['an unknown field of the spec', { upstream: [] }, 'unknown field "spec.upstream"'],
    [
      'an unknown field of a list item',
      { environments: [{ name: 'prod', size: '1Gi' }] },
      'unknown field "spec.environments[0].size"',
    ],
    [
      'two environments of one name',
      { environments: [{ name: 'prod' }, { name: 'prod' }] },
      'spec.environments[1]: Duplicate value: {"name":"prod"}',
    ],
    [
      'a host name twice',
      { environments: [{ name: 'prod', hostnames: ['a', 'a'] }] },
      'spec.environments[0].hostnames[1]: Duplicate value: "a"',
    ],
    [
      'a Secret twice',
      { imagePullSecrets: [{ name: 'a' }, { name: 'a' }] },
      'spec.imagePullSecrets[1]: Duplicate value: {"name":"a"}',
    ],
    ['an environment without a name', { environments: [{}] }, 'spec.environments[0].name: Required value'],
    ['a number as text', { gateway: { replicas: '2' } }, 'spec.gateway.replicas in body must be of type integer'],
    [
      'a reserved name',
      { environments: [{ name: RESERVED_ENVIRONMENTS[0] }] },
      'spec.environments[0].name: Invalid value: "string": name is reserved',
    ],
  ])('refuses %s and names the field', async (_, spec, complaint) => {
    await expect(harness.kubectl(['apply', '-f', '-'], cache('refused', spec))).rejects.toThrow(complaint);
  });

  test.each([
    ['without --server-side', []],
    ['with --server-side', ['--server-side']],
  ])('accepts an empty spec %s', async (name, flags) => {
    const printed = await harness.kubectl(['apply', ...flags, '-f', '-'], cache(`applied-${flags.length}`, {}));
    expect({ name, printed }).toEqual({ name, printed: expect.stringMatching(/created|serverside-applied/) });
  });
});
