import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Lane } from '../bed/lane.ts';

const Secret = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true } as const;

/** Those that specs of values.ts and scenarios.ts name: pods that mount a Secret do not start without it. */
const NAMES = ['keys-one', 'keys-two', 'tls-one', 'tls-two'];

export const makeSecret = (lane: Lane, namespace: string, name: string): Promise<unknown> =>
  lane.client.apply(Secret, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData: { 'jwks.json': '{}', 'tls.crt': 'a certificate', 'tls.key': 'its key' },
  } as KubeObject);

export async function makeSecrets(lane: Lane, namespace: string): Promise<void> {
  await Promise.all(NAMES.map((name) => makeSecret(lane, namespace, name)));
}
