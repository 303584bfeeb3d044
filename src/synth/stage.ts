import { Chart } from 'cdk8s';
// As in operator.ts: not by way of the package's index.
import * as k8s from 'cdk8s-plus-27/lib/imports/k8s.js';
import { Construct } from 'constructs';
import { DEFAULT_IMAGES } from '../api/images.ts';
import { GoProxyCache } from './cache.ts';
import { stageProblems } from './check.ts';
import { GoProxyCacheOperator } from './operator.ts';
import { refuse } from './problems.ts';
import { renderCache } from './render.ts';
import type { StageProps } from './settings.ts';
import { CACHE_ANNOTATIONS, markInstalled } from './waves.ts';

/**
 * A stage is a cluster: its operator, its caches, and their namespaces. (The word environment is for the pools inside of a cache.)
 * Everything says in which wave Argo CD applies it: kinds and namespaces, then the operator, then caches.
 */
export class StageChart extends Chart {
  /** Absent when the caches are rendered, and with `operator: false`. */
  readonly operator: GoProxyCacheOperator | undefined;
  /** Where caches are that name no namespace. Not the chart's own one, which cdk8s would write on what belongs to none. */
  readonly cacheNamespace: string;

  /** @throws SynthesisError with everything that is wrong, one sentence a problem. */
  constructor(scope: Construct, stage: string, props: StageProps = {}) {
    refuse(stageProblems(props).map((problem) => `${stage}: ${problem}`));
    const { namespace = 'goproxy', caches = {}, operator = {}, render = false } = props;
    super(scope, stage);
    this.cacheNamespace = namespace;
    if (operator !== false && !render) {
      this.operator = new GoProxyCacheOperator(this, 'operator', operator);
      this.operator.objects.forEach(markInstalled);
    }
    const placed = Object.entries(caches).map(([name, cache]) => ({
      name,
      cache,
      where: cache.namespace ?? namespace,
    }));
    const watched = this.operator && operator !== false ? (operator.watchNamespaces ?? []) : [];
    if (props.createNamespaces ?? true) this.#createNamespaces([...placed.map(({ where }) => where), ...watched]);
    const images = { ...DEFAULT_IMAGES, ...(operator !== false && operator.images) };
    const all = new Construct(this, 'caches');
    for (const { name, cache, where } of placed)
      if (render) renderCache(new Construct(all, name), name, where, cache, images);
      else {
        const annotations = { ...CACHE_ANNOTATIONS, ...cache.annotations };
        new GoProxyCache(all, name, { ...cache, namespace: where, annotations });
      }
  }

  /** All but the one that every cluster has, and the one that comes with the operator. */
  #createNamespaces(names: string[]): void {
    const there = this.operator?.objects.filter(({ kind }) => kind === 'Namespace').map(({ name }) => name) ?? [];
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    for (const name of new Set(names))
      if (name !== 'default' && !there.includes(name))
        markInstalled(new k8s.KubeNamespace(this, `Namespace-${name}`, { metadata: { name, labels } }));
  }
}
