import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { App, Chart } from 'cdk8s';
import { loadAll } from 'js-yaml';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import type { Spec } from '../../../src/api/spec.ts';
import type { GoProxyCache } from '../../../src/api/types.ts';
import type { Manifest } from '../../../src/desired/manifest.ts';
import { makePlan } from '../../../src/reconcile/plan.ts';
import { createWishes } from '../../../src/reconcile/wishes.ts';
import type { CacheProps } from '../../../src/synth/cache.ts';
import { OPERATOR_ONLY, renderCache } from '../../../src/synth/render.ts';

const golden = readFileSync(join(import.meta.dirname, '../../golden/desired/caches.yaml'), 'utf8');
const caches = loadAll(golden) as { metadata: { name: string; namespace: string }; spec: Spec }[];
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const byKey = (objects: Manifest[]) =>
  Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, json(object)]));

/** What the operator would do on an API server that has these objects and no other. */
function plan(name: string, namespace: string, spec: Spec, live: Manifest[]) {
  const cache: GoProxyCache = {
    apiVersion: 'goproxycache.io/v1alpha1',
    kind: 'GoProxyCache',
    metadata: { name, namespace, uid: 'a-uid', generation: 1 },
    spec,
  };
  const wish = createWishes(DEFAULT_IMAGES).of(cache);
  if (!('manifests' in wish)) throw new Error(JSON.stringify(wish.problems));
  const found = (wanted: Manifest) =>
    live.find((object) => object.kind === wanted.kind && object.metadata.name === wanted.metadata.name);
  const there = { live: found, children: [], isServed: () => true, storageClass: () => undefined };
  return makePlan(wish.manifests, { cache, ...there });
}

function rendered(name: string, namespace: string, spec: Spec): Manifest[] {
  const environments = spec.environments?.map(({ name: environment, ...rest }) => [environment, rest] as const);
  const cache = { ...spec, ...(environments && { environments: Object.fromEntries(environments) }) } as CacheProps;
  const chart = new Chart(new App(), 'chart');
  return renderCache(chart, name, namespace, cache, DEFAULT_IMAGES).map((object) => object.toJson() as Manifest);
}

function withoutOperatorOnly(object: Manifest): Manifest {
  const { annotations, ...metadata } = object.metadata;
  const kept = (fields: object, left: readonly string[]) =>
    Object.fromEntries(Object.entries(fields).filter(([field]) => !left.includes(field)));
  const rest = kept(annotations ?? {}, OPERATOR_ONLY.annotations);
  return {
    ...object,
    metadata: {
      ...(kept(metadata, OPERATOR_ONLY.metadata) as Manifest['metadata']),
      ...(Object.keys(rest).length > 0 && { annotations: rest }),
    },
  };
}

describe('a rendered cache', () => {
  test.each(caches)(
    '$metadata.name is what the operator applies, but for the fields of OPERATOR_ONLY',
    ({ metadata, spec }) => {
      const { name, namespace } = metadata;
      const operators = plan(name, namespace, spec, []).steps.map(({ object }) => object as Manifest);
      expect(byKey(rendered(name, namespace, spec))).toEqual(byKey(operators.map(withoutOperatorOnly)));
      // The list has nothing on it that the operator does not write.
      for (const annotation of OPERATOR_ONLY.annotations)
        expect(operators.every((object) => object.metadata.annotations?.[annotation] !== undefined)).toBe(true);
      for (const field of OPERATOR_ONLY.metadata)
        expect(operators.some((object) => field in object.metadata)).toBe(true);
    },
  );

  test.each(caches)(
    '$metadata.name is left alone by an operator that comes later, its claims too',
    ({ metadata, spec }) => {
      const { name, namespace } = metadata;
      const objects = rendered(name, namespace, spec);
      const { steps, blocked } = plan(name, namespace, spec, objects);
      expect(steps).toEqual([]);
      expect(new Set(blocked.map(({ reason }) => reason))).toEqual(new Set(['NameClash']));
      // Not named as clashes: who is told to delete or rename something should not begin with the data.
      expect(blocked.length).toBe(objects.filter(({ kind }) => kind !== 'PersistentVolumeClaim').length);
    },
  );

  test.each(caches)('$metadata.name hands its claims over once the rest of it is deleted', ({ metadata, spec }) => {
    const { name, namespace } = metadata;
    const claims = rendered(name, namespace, spec).filter(({ kind }) => kind === 'PersistentVolumeClaim');
    const { steps, blocked } = plan(name, namespace, spec, claims);
    const taken = steps.filter((step) => step.do === 'apply' && step.exists).map(({ object }) => object.metadata.name);
    expect(taken).toEqual(claims.map((claim) => claim.metadata.name));
    expect(blocked).toEqual([]);
  });
});
