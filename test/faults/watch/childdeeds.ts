import { MANAGED_BY } from '../../../src/desired/labels.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Resource } from '../../../src/kube/paths.ts';
import { resources } from '../../../src/kube/paths.ts';
import { isOlder } from '../../../src/runtime/store.ts';
import type { State } from '../bed/lane.ts';
import type { Deed } from './deeds.ts';
import type { Stage } from './stage.ts';
import { asAtBegin } from './stage.ts';

/** Kinds of which the status of a cache speaks; it is written to the version of the cache that the operator knows. */
const TOLD = [resources.ConfigMap, resources.Deployment, resources.PersistentVolumeClaim];
/** On every child. */
const NAME_LABEL = 'app.kubernetes.io/name';
const SEEN_MS = 10_000;

/** Somebody changes a child, and somebody takes one away. */
export function childDeeds(resource: Resource): readonly [Deed, Deed] {
  const common = {
    needs: TOLD.some(({ kind }) => kind === resource.kind) ? [resources.GoProxyCache.kind] : [],
    about: (stage: Stage) => ({ namespace: stage.namespace, name: nameOf(stage, resource) }),
    makes: () => [],
    overwritten: (stage: Stage) => label(stage, resource, NAME_LABEL, 'something'),
    holds: asAtBegin,
  };
  const changed: Deed = { ...common, name: 'changed', do: (stage) => label(stage, resource, NAME_LABEL, 'another') };
  const deleted: Deed = {
    ...common,
    name: 'deleted',
    makes: (stage) => [`${resource.kind} ${nameOf(stage, resource)}`],
    do: (stage) => remove(stage, resource),
  };
  // A claim that pods use cannot go; without its label it is gone as far as the operator is told.
  const unlabelled: Deed = { ...common, name: 'unlabelled', do: (stage) => label(stage, resource, MANAGED_BY, null) };
  return [changed, resource === resources.PersistentVolumeClaim ? unlabelled : deleted];
}

/** The last by name: an engine's, where both engines and gateway have one. */
function nameOf({ namespace, begin }: Stage, { kind }: Resource): string {
  const last = [...begin.keys()]
    .filter((key) => key.startsWith(`${kind}/`))
    .sort()
    .at(-1);
  if (last === undefined) throw new Error(`the cache in ${namespace} has no ${kind}`);
  return last.slice(kind.length + 1);
}

async function label(stage: Stage, resource: Resource, name: string, value: string | null): Promise<void> {
  const { lane, namespace } = stage;
  const ref = { namespace, name: nameOf(stage, resource) };
  const { metadata } = await lane.client.mergePatch<KubeObject>(resource, ref, {
    metadata: { labels: { [name]: value } },
  });
  const isSeen = (state: State) => {
    const seen = state.get(`${resource.kind}/${ref.name}`)?.metadata.resourceVersion;
    return !isOlder(seen, metadata.resourceVersion) || 'the watches are behind';
  };
  await lane.until(namespace, isSeen, SEEN_MS);
}

async function remove(stage: Stage, resource: Resource): Promise<void> {
  const { lane, namespace } = stage;
  const ref = { namespace, name: nameOf(stage, resource) };
  const { metadata } = await lane.client.get(resource, ref);
  await lane.client.remove(resource, ref, { uid: metadata.uid ?? '' });
  const isSeen = (state: State) =>
    state.get(`${resource.kind}/${ref.name}`)?.metadata.uid !== metadata.uid || 'the watches are behind';
  await lane.until(namespace, isSeen, SEEN_MS);
}
