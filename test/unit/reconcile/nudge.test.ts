import { describe, expect, test } from '@jest/globals';
import type { Client } from '../../../src/kube/client.ts';
import type { Logger } from '../../../src/runtime/log.ts';
import { CONFIG, nudge } from '../../../src/reconcile/nudge.ts';
import type { Report } from '../../../src/reconcile/verdicts/gateway.ts';
import type { Pod, World } from '../../../src/reconcile/world.ts';

const serves = (generation: string): Report => ({
  status: { generation, rejected: '', nginxVersion: '1.28.0', upstreams: [] },
});

/** How often a pod with this annotation and this answer is annotated, in two looks that want the configuration `new`. */
async function annotated(annotation: string | undefined, report: Report | undefined): Promise<number> {
  const annotations = annotation === undefined ? {} : { [CONFIG]: annotation };
  let pod = { metadata: { name: 'cache--gateway-1', namespace: 'team', uid: '1', annotations } } as Pod;
  let patches = 0;
  const mergePatch = (_resource: unknown, _name: unknown, patch: { metadata: Partial<Pod['metadata']> }) => {
    patches += 1;
    return Promise.resolve({ ...pod, metadata: { ...pod.metadata, ...patch.metadata } });
  };
  const client = { mergePatch } as unknown as Client;
  const world = { pods: { upsert: (next: Pod) => (pod = next) } } as unknown as World;
  for (let look = 0; look < 2; look++)
    await nudge({ client, world }, [{ pod, report }], 'new', new AbortController().signal, {} as Logger);
  return patches;
}

describe('a gateway pod is annotated', () => {
  test.each<[number, string, string | undefined, Report | undefined]>([
    [1, 'when it serves another configuration, once', undefined, serves('old')],
    [1, 'when it serves none yet, once', undefined, serves('')],
    [1, 'when it was annotated for another configuration', 'old', serves('old')],
    [0, 'never, when it was annotated for this one already', 'new', serves('old')],
    [0, 'never, when it serves the wanted one', undefined, serves('new')],
    [0, 'never, when it has not been asked yet', undefined, undefined],
    [0, 'never, when it does not answer', undefined, { error: 'ECONNREFUSED' }],
  ])('%i times: %s', async (times, _when, annotation, report) => {
    expect(await annotated(annotation, report)).toBe(times);
  });
});
