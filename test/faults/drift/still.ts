import { setTimeout as delay } from 'node:timers/promises';
import { APPLIED } from '../../../src/reconcile/ownership.ts';
import { set } from '../chain/json.ts';
import type { Observed } from '../oracle/observe.ts';
import { keyText } from '../proxy/key.ts';
import type { Site } from './site.ts';
import { heals, put, siteOf } from './site.ts';

/** A moment for the last answers of gateway pods. */
const QUIET_MS = 300;

/** The child, not the one of the site, by which it is seen what a reconcile does. */
export function probeOf({ key, namespace, before }: Site): string {
  const [other] = ['ServiceAccount/', 'ConfigMap/']
    .filter((kind) => !key.startsWith(kind))
    .flatMap((kind) => [...before.keys()].filter((each) => each.startsWith(kind)));
  if (other === undefined) throw new Error(`${namespace} has no other child than ${key}`);
  return other;
}

/**
 * A reconcile that has one thing to do does that one: what somebody left behind causes no writes for ever. Not meant are the status and the annotation
 * of gateway pods (src/reconcile/nudge.ts): they also follow how fast pods answer. `stillness` counts these too.
 */
export async function isStill(site: Site, expected: Observed): Promise<string[]> {
  const { lane, namespace } = site;
  await delay(QUIET_MS);
  const other = probeOf(site);
  const probe = siteOf(lane, namespace, other);
  const before = lane.proxy.seen(namespace).length;
  await put(probe, (object) => set(object, ['metadata', 'annotations', APPLIED], 'faked'));
  const late = await heals(probe, expected);
  const extra = lane.proxy
    .seen(namespace)
    .slice(before)
    .filter(
      ({ key: { kind, name, subresource } }) =>
        kind !== 'Event' && kind !== 'Pod' && subresource === '' && `${kind}/${name}` !== other,
    );
  return [...late, ...extra.map(({ key }) => `${keyText(key)} when all was mended`)];
}
