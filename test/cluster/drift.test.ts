import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { effective } from '../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../src/api/images.ts';
import type { Spec } from '../../src/api/spec.ts';
import { validate } from '../../src/api/validate.ts';
import { desired } from '../../src/desired/desired.ts';
import { becomesReady, conditionBecomes } from '../support/cache.ts';
import { eventually } from '../support/eventually.ts';
import { kubectl, read } from '../support/kubectl.ts';
import { clusterSuite, readyCache, smallSpec } from '../support/suite.ts';

jest.setTimeout(240_000);

const { namespace, upstream } = clusterSuite('drift');
const NAME = 'acme';
/** One object of every kind that a cache can have without more of the cluster (an HTTPRoute needs the Gateway API). */
const SPEC: Spec = { exposure: { ingress: {} }, environments: [{ name: 'prod' }] };

function children(): { kind: string; name: string }[] {
  const { spec } = validate({ metadata: { name: NAME }, spec: SPEC });
  if (spec === undefined) throw new Error('the spec of this test is not valid');
  return desired(NAME, namespace, effective(spec, DEFAULT_IMAGES)).map(({ kind, metadata }) => ({
    kind,
    name: metadata.name,
  }));
}

beforeAll(() => readyCache(namespace, NAME, smallSpec(upstream().url, SPEC)), 240_000);

const without = (kind: string) => children().filter((child) => child.kind !== kind);

describe('what is deleted by hand comes back within 5 seconds', () => {
  test.each(without('PersistentVolumeClaim'))('$kind $name', async ({ kind, name }) => {
    const before = await read(kind, name, namespace);
    expect(before).toBeDefined();
    await kubectl(['delete', kind, name, '-n', namespace, '--wait=false']);
    await eventually(`${kind} ${name} is back`, 5, async () => {
      const now = await read(kind, name, namespace);
      const back =
        now !== undefined && now.metadata.uid !== before?.metadata.uid && now.metadata.deletionTimestamp === undefined;
      return back ? { value: undefined } : { missing: now === undefined ? 'nothing' : JSON.stringify(now.metadata) };
    });
  });

  test('and the cache is ready again', () => becomesReady(namespace, NAME));
});

describe('what is changed by hand is put back within 5 seconds', () => {
  test.each([
    { kind: 'Deployment', name: `${NAME}--gateway`, patch: { spec: { replicas: 1 } }, path: '{.spec.replicas}' },
    { kind: 'Service', name: NAME, patch: { spec: { sessionAffinity: 'None' } }, path: '{.spec.sessionAffinity}' },
    {
      kind: 'ConfigMap',
      name: `${NAME}--gateway`,
      patch: { data: { generation: 'mine' } },
      path: '{.data.generation}',
    },
  ])('$kind $name', async ({ kind, name, patch, path }) => {
    const value = () => kubectl(['get', kind, name, '-n', namespace, '-o', `jsonpath=${path}`]);
    const before = await value();
    await kubectl(['patch', kind, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(patch)]);
    await eventually(`${kind} ${name} is as it was`, 5, async () => {
      const now = await value();
      return now === before ? { value: undefined } : { missing: now };
    });
  });

  test('and the cache is ready again', () => becomesReady(namespace, NAME));
});

test('a deleted claim that is in use raises a condition, and a new one is made when its pod has ended', async () => {
  const claim = `${NAME}--prod`;
  const before = await read('pvc', claim, namespace);
  await kubectl(['delete', 'pvc', claim, '-n', namespace, '--wait=false']);
  const condition = await conditionBecomes(
    namespace,
    NAME,
    'StorageReady',
    { status: 'False', reason: 'ClaimDeleting' },
    5,
  );
  expect(condition.message).toMatch(new RegExp(`${claim}.*delete the engine's pod`));

  await kubectl(['delete', 'pods', '-n', namespace, '-l', 'app.kubernetes.io/component=engine', '--wait=false']);
  await eventually('there is a new claim', 90, async () => {
    const now = await read('pvc', claim, namespace);
    return now !== undefined && now.metadata.uid !== before?.metadata.uid
      ? { value: undefined }
      : { missing: JSON.stringify(now?.metadata) };
  });
  await becomesReady(namespace, NAME);
});
