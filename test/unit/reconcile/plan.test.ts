import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Plan } from '../../../src/reconcile/plan.ts';
import { makePlan } from '../../../src/reconcile/plan.ts';
import { cacheOf, desiredOf, live, world } from './fixtures.ts';

const cache = cacheOf();
const wanted = desiredOf(cache);
const converged = () => wanted.map((manifest) => live(manifest, cache));
const steps = ({ steps }: Plan) => steps.map((step) => `${step.do} ${step.object.kind} ${step.object.metadata.name}`);
const blocked = ({ blocked }: Plan) =>
  blocked.map(({ reason, object }) => `${reason} ${object.kind} ${object.metadata.name}`);

/** The converged world, with one object changed. */
function changed(
  kind: string,
  name: string,
  change: (object: KubeObject & Record<string, never>) => void,
): KubeObject[] {
  const objects = converged();
  const object = objects.find((o) => o.kind === kind && o.metadata.name === name);
  if (!object) throw new Error(`no ${kind} ${name}`);
  change(object as KubeObject & Record<string, never>);
  return objects;
}

describe('a plan', () => {
  test('creates every object in an empty cluster, in the order that it is wanted', () => {
    const plan = makePlan(wanted, world(cache, []));
    expect(steps(plan)).toEqual(wanted.map((o) => `apply ${o.kind} ${o.metadata.name}`));
  });

  test('has no step once everything is there', () => {
    expect(makePlan(wanted, world(cache, converged()))).toEqual({ steps: [], blocked: [] });
  });

  test.each(wanted.map((o) => [o.kind, o.metadata.name] as const))(
    'brings %s %s back when it is gone',
    (kind, name) => {
      const objects = converged().filter((o) => o.kind !== kind || o.metadata.name !== name);
      expect(steps(makePlan(wanted, world(cache, objects)))).toEqual([`apply ${kind} ${name}`]);
    },
  );

  test.each(wanted.map((o) => [o.kind, o.metadata.name] as const))(
    'repairs %s %s when its labels were changed',
    (kind, name) => {
      const objects = changed(kind, name, (o) => {
        o.metadata.labels = { ...o.metadata.labels, 'app.kubernetes.io/name': 'other' };
      });
      expect(steps(makePlan(wanted, world(cache, objects)))).toEqual([`apply ${kind} ${name}`]);
    },
  );

  test('repairs an object that lost its owner reference but carries the UID of the cache', () => {
    const objects = changed('Service', 'acme', (o) => delete o.metadata.ownerReferences);
    expect(steps(makePlan(wanted, world(cache, objects)))).toEqual(['apply Service acme']);
  });

  test('removes what is no longer wanted, but not a retained volume', () => {
    const before = cacheOf({ environments: [{ name: 'prod' }, { name: 'dev' }] });
    const objects = desiredOf(before).map((manifest) => live(manifest, before));
    const plan = makePlan(wanted, world(cache, objects));
    expect(steps(plan)).toEqual([
      'apply ConfigMap acme--gateway',
      'remove Service acme--dev',
      'remove NetworkPolicy acme--dev',
      'remove Deployment acme--dev',
    ]);
  });

  test('removes the volume of a removed environment when its retention policy is Delete', () => {
    const before = cacheOf({
      environments: [{ name: 'prod' }, { name: 'dev', storage: { retentionPolicy: 'Delete' } }],
    });
    const objects = desiredOf(before).map((manifest) => live(manifest, before));
    expect(steps(makePlan(wanted, world(cache, objects)))).toContain('remove PersistentVolumeClaim acme--dev');
  });

  test('does not remove what is not wanted and controlled by somebody else', () => {
    const before = cacheOf({ environments: [{ name: 'prod' }, { name: 'dev' }] });
    const objects = desiredOf(before).map((manifest) => live(manifest, before));
    const service = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'acme--dev');
    const other = { apiVersion: 'v1', kind: 'Other', name: 'x', uid: 'u', controller: true };
    const [owner] = service?.metadata.ownerReferences ?? [];
    if (!service || !owner) throw new Error('no Service with an owner');
    service.metadata.ownerReferences = [{ ...owner, controller: false }, other];
    const all = steps(makePlan(wanted, world(cache, objects)));
    expect(all).toContain('remove Deployment acme--dev');
    expect(all).not.toContain('remove Service acme--dev');
  });

  test.each([
    [
      'has another controller',
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Other', name: 'x', uid: 'u', controller: true }] },
      'NameClash',
    ],
    ['has no owner and no mark of ours', {}, 'NameClash'],
    [
      'belongs to a deleted cache of this name',
      {
        ownerReferences: [
          {
            apiVersion: 'goproxycache.io/v1alpha1',
            kind: 'GoProxyCache',
            name: 'acme',
            uid: 'uid-0',
            controller: true,
          },
        ],
      },
      'Leftover',
    ],
  ])('leaves an object alone that %s', (_, metadata, reason) => {
    const objects = changed('Service', 'acme', (o) => {
      o.metadata = { name: 'acme', namespace: 'team', uid: 'x', labels: o.metadata.labels ?? {}, ...metadata };
    });
    const plan = makePlan(wanted, world(cache, objects));
    expect([steps(plan), blocked(plan)]).toEqual([[], [`${reason} Service acme`]]);
  });

  test('takes up the retained volume of an earlier cache of the same name', () => {
    const reborn = cacheOf({}, 'uid-2');
    const claim = converged().filter((o) => o.kind === 'PersistentVolumeClaim');
    const plan = makePlan(desiredOf(reborn), world(reborn, claim));
    expect(blocked(plan)).toEqual([]);
    expect(steps(plan)).toContain('apply PersistentVolumeClaim acme--prod');
  });

  test('keeps class and size of a volume that was found only when it should have been made', () => {
    const [claim] = converged().filter((o) => o.kind === 'PersistentVolumeClaim');
    const objects = converged().filter((o) => o !== claim && o.kind !== 'PersistentVolumeClaim');
    const [step] = makePlan(wanted, world(cache, objects)).steps;
    if (!claim || step?.do !== 'apply' || step.exists) throw new Error('it is not made');
    const stomped = { ...claim, metadata: { ...claim.metadata, labels: {} }, status: { phase: 'Pending' } };
    expect(step.found(stomped)).toMatchObject({
      steps: [
        {
          object: {
            metadata: { uid: claim.metadata.uid, labels: claim.metadata.labels },
            spec: { storageClassName: 'standard', resources: (claim.spec as { resources: object }).resources },
          },
          exists: true,
        },
      ],
      blocked: [],
    });
  });

  test('deletes no volume that was found only when it should have been made', () => {
    const before = cacheOf({ storage: { storageClassName: 'typo' } });
    const [claim] = desiredOf(before)
      .map((manifest) => live(manifest, before))
      .filter((o) => o.kind === 'PersistentVolumeClaim');
    const objects = converged().filter((o) => o.kind !== 'PersistentVolumeClaim');
    const [step] = makePlan(wanted, world(cache, objects)).steps;
    if (!claim || step?.do !== 'apply' || step.exists) throw new Error('it is not made');
    expect(steps(step.found({ ...claim, status: { phase: 'Pending' } }))).not.toContain(
      'remove PersistentVolumeClaim acme--prod',
    );
  });

  test.each(['ConfigMap', 'Deployment'])('leaves a %s alone that was found, and is as it should be', (kind) => {
    const objects = converged();
    const there = objects.find((o) => o.kind === kind);
    const others = objects.filter((o) => o !== there);
    const [step] = makePlan(wanted, world(cache, others)).steps;
    if (!there || step?.do !== 'apply' || step.exists) throw new Error('it is not made');
    expect(step.found(there)).toEqual({ steps: [], blocked: [] });
  });

  test('does not take a volume that a person made', () => {
    const objects = changed('PersistentVolumeClaim', 'acme--prod', (o) => {
      o.metadata = { name: 'acme--prod', namespace: 'team', uid: 'x' };
    });
    expect(blocked(makePlan(wanted, world(cache, objects)))).toEqual(['NameClash PersistentVolumeClaim acme--prod']);
  });

  test.each(['Retain', 'Delete'] as const)(
    'touches no volume of retention %s that an engine of somebody else uses, as one that synth has rendered',
    (retentionPolicy) => {
      const rendered = desiredOf(cacheOf({ storage: { retentionPolicy } })) as KubeObject[];
      const plan = makePlan(desiredOf(cacheOf({ storage: { retentionPolicy, size: '20Gi' } })), world(cache, rendered));
      expect(steps(plan)).toEqual([]);
      expect(blocked(plan)).toContain('NameClash Deployment acme--prod');
    },
  );

  test.each([
    [
      'grows a bound volume where the class allows it',
      '10Gi',
      '20Gi',
      true,
      ['apply PersistentVolumeClaim acme--prod'],
    ],
    ['leaves a bound volume alone where the class does not allow growth', '10Gi', '20Gi', false, []],
    ['never shrinks a bound volume', '20Gi', '10Gi', true, []],
  ])('%s', (_, from, to, expandable, expected) => {
    const before = cacheOf({ storage: { size: from } });
    const after = cacheOf({ storage: { size: to } });
    const objects = desiredOf(before).map((manifest) => live(manifest, before));
    expect(steps(makePlan(desiredOf(after), world(after, objects, expandable)))).toEqual(expected);
  });

  test.each<[string, string | undefined]>([
    ['corrected', 'fast'],
    ['taken out of the spec', undefined],
  ])('makes an unbound volume anew when its class, which does not exist, was %s', (_, storageClassName) => {
    const before = cacheOf({ storage: { storageClassName: 'typo' } });
    const after = cacheOf({ storage: { ...(storageClassName !== undefined && { storageClassName }) } });
    const objects = desiredOf(before).map((manifest) => live(manifest, before));
    for (const o of objects) if (o.kind === 'PersistentVolumeClaim') o.status = { phase: 'Pending' };
    expect(steps(makePlan(desiredOf(after), world(after, objects)))).toEqual([
      'remove PersistentVolumeClaim acme--prod',
    ]);
  });

  test('keeps the class of a bound volume when the spec names none any more', () => {
    const before = cacheOf({ storage: { storageClassName: 'fast' } });
    const objects = desiredOf(before).map((manifest) => live(manifest, before));
    expect(makePlan(wanted, world(cache, objects)).steps).toMatchObject([
      { do: 'apply', object: { kind: 'PersistentVolumeClaim', spec: { storageClassName: 'fast' } } },
    ]);
  });

  test.each(['faked', undefined])('a volume whose hash is %s gets the one of before, and keeps its class', (hash) => {
    const objects = converged();
    const claim = objects.find(({ kind }) => kind === 'PersistentVolumeClaim');
    const annotations = claim?.metadata.annotations ?? {};
    const name = 'goproxycache.io/applied';
    expect(annotations[name]).toMatch(/^[0-9a-f]{16}$/);
    Object.assign(claim?.metadata ?? {}, { annotations: { ...annotations, [name]: hash } });
    expect(makePlan(wanted, world(cache, objects)).steps).toMatchObject([
      { do: 'apply', object: { metadata: { annotations }, spec: { storageClassName: 'standard' } } },
    ]);
  });

  describe('without the right to read StorageClasses', () => {
    const blind = (of: typeof cache, objects: KubeObject[]) => ({ ...world(of, objects), storageClass: undefined });

    test('tries whether a bound volume grows', () => {
      const [before, after] = [cacheOf({ storage: { size: '10Gi' } }), cacheOf({ storage: { size: '20Gi' } })];
      const objects = desiredOf(before).map((manifest) => live(manifest, before));
      expect(steps(makePlan(desiredOf(after), blind(after, objects)))).toEqual([
        'apply PersistentVolumeClaim acme--prod',
      ]);
    });

    test('leaves an unbound volume alone whose class came from the cluster', () => {
      const objects = wanted.map((manifest) => live(manifest, cache));
      for (const o of objects) if (o.kind === 'PersistentVolumeClaim') o.status = { phase: 'Pending' };
      expect(steps(makePlan(wanted, blind(cache, objects)))).toEqual([]);
    });
  });

  test('waits for an object that is being deleted', () => {
    const objects = changed('PersistentVolumeClaim', 'acme--prod', (o) => {
      o.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    });
    expect(blocked(makePlan(wanted, world(cache, objects)))).toEqual(['Deleting PersistentVolumeClaim acme--prod']);
  });

  test('says when the cluster does not know a kind', () => {
    const routed = cacheOf({ exposure: { gatewayAPI: { parentRefs: [{ name: 'public' }] } } });
    const plan = makePlan(desiredOf(routed), { ...world(routed, []), isServed: (kind) => kind !== 'HTTPRoute' });
    expect(blocked(plan)).toEqual(['KindMissing HTTPRoute acme--gateway']);
  });
});
