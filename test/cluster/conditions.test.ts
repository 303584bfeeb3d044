import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ConditionType, Reason } from '../../src/api/conditions.ts';
import type { Spec } from '../../src/api/spec.ts';
import { conditionBecomes } from '../support/cache.ts';
import { EXISTING_CLUSTER, NODE_ADDRESS } from '../support/environment.ts';
import type { KubeObject } from '../support/kubectl.ts';
import { kubectl, read } from '../support/kubectl.ts';
import { applyCache, clusterSuite, readyCache, smallSpec } from '../support/suite.ts';

jest.setTimeout(240_000);

const { namespace, upstream } = clusterSuite('conditions');
const small = (more: Spec = {}): Spec =>
  smallSpec(upstream().url, { ...more, gateway: { replicas: 1, ...more.gateway } });

interface Impossible {
  what: string;
  /** Of the cache. */
  name: string;
  spec: Spec;
  type: ConditionType;
  reason: Reason;
  /** Names the object and what to do. */
  message: RegExp;
}

describe('a spec that cannot work says so within 30 seconds, and heals when it is corrected', () => {
  test.each<Impossible>([
    {
      what: 'a StorageClass that does not exist',
      name: 'storageclass',
      spec: { storage: { size: '1Gi', storageClassName: 'no-such-class' } },
      type: 'StorageReady',
      reason: 'StorageClassMissing',
      message: /storageclass--prod.*no-such-class.*create it, or set storageClassName/i,
    },
    {
      what: 'an image that cannot be pulled',
      name: 'image',
      spec: { engine: { image: 'registry.invalid/athens:v0' } },
      type: 'EnginesReady',
      reason: 'ImagePullFailed',
      message: /image--prod.*registry\.invalid.*check the name of the image/i,
    },
    {
      what: 'an engine that fits on no node',
      name: 'engine',
      spec: { engine: { resources: { requests: { cpu: '5000' } } } },
      type: 'EnginesReady',
      reason: 'Unschedulable',
      message: /engine--prod.*Insufficient cpu.*lower the resources, or add room/i,
    },
    {
      what: 'a gateway that fits on no node',
      name: 'gateway',
      spec: { gateway: { replicas: 1, resources: { requests: { memory: '900Ti' } } } },
      type: 'GatewayReady',
      reason: 'Unschedulable',
      message: /gateway--gateway.*Insufficient memory.*lower the resources, or add room/i,
    },
  ])('$what', async ({ name, spec, type, reason, message }) => {
    await applyCache(namespace, name, small(spec));
    const condition = await conditionBecomes(namespace, name, type, { status: 'False', reason }, 30);
    expect(condition.message).toMatch(message);
    await conditionBecomes(namespace, name, 'Ready', { status: 'False' }, 5);
    await readyCache(namespace, name, small());
  });
});

test('a spec that stops naming its StorageClass keeps the volume and stays ready', async () => {
  const storageClass = await defaultStorageClass();
  await readyCache(namespace, 'class', small({ storage: { size: '1Gi', storageClassName: storageClass } }));
  const before = await read('pvc', 'class--prod', namespace);
  await readyCache(namespace, 'class', small());
  expect((await read('pvc', 'class--prod', namespace))?.metadata.uid).toBe(before?.metadata.uid);
});

async function defaultStorageClass(): Promise<string> {
  const text = await kubectl(['get', 'storageclasses', '-o', 'json']);
  const { items } = JSON.parse(text) as { items: KubeObject[] };
  const found = items.find(
    ({ metadata }) => metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
  );
  if (found === undefined) throw new Error('the cluster has no default StorageClass');
  return found.metadata.name;
}

describe('an upstream that fails is named within 30 seconds, as the gateway sees it, and heals by itself', () => {
  const NAME = 'probed';
  beforeAll(() => readyCache(namespace, NAME, small()), 240_000);

  const overHttps = (): string => upstream().url.replace('http:', 'https:');
  const closedPort = (): string =>
    EXISTING_CLUSTER ? upstream().url.replace(/:\d+$/, ':1') : `http://${NODE_ADDRESS}:1`;

  test.each<{ what: string; url: () => string; reason: Reason; message: RegExp }>([
    {
      what: 'in DNS',
      url: () => 'http://no-such-host.invalid',
      reason: 'DNSFailed',
      message: /no-such-host\.invalid.*check the host name/,
    },
    { what: 'in TCP', url: closedPort, reason: 'ConnectionFailed', message: /:1 .*check the port/ },
    { what: 'in TLS', url: overHttps, reason: 'TLSFailed', message: /https:.*check the certificate/ },
  ])('$what', async ({ url, reason, message }) => {
    await applyCache(namespace, NAME, { ...small(), upstreams: [{ type: 'URL', url: url() }] });
    const condition = await conditionBecomes(namespace, NAME, 'UpstreamsReachable', { status: 'False', reason }, 30);
    expect(condition.message).toMatch(message);
    await applyCache(namespace, NAME, small());
    await conditionBecomes(namespace, NAME, 'UpstreamsReachable', { status: 'True' }, 30);
  });

  test('with a server error', async () => {
    await upstream().fail({ kind: 'status', status: 503 });
    const condition = await conditionBecomes(
      namespace,
      NAME,
      'UpstreamsReachable',
      { status: 'False', reason: 'HTTPFailed' },
      30,
    );
    expect(condition.message).toMatch(/503.*ask its operator/);
    await upstream().fail();
    await conditionBecomes(namespace, NAME, 'UpstreamsReachable', { status: 'True' }, 30);
  });
});
