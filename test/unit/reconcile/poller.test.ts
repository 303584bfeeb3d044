import { describe, expect, test } from '@jest/globals';
import { createPoller } from '../../../src/reconcile/poller.ts';
import type { Report } from '../../../src/reconcile/verdicts/gateway.ts';
import type { Pod } from '../../../src/reconcile/world.ts';
import { eventually } from '../../support/eventually.ts';

const pod = (uid: string, podIP?: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: uid, uid },
  ...(podIP !== undefined && { status: { podIP } }),
});

/** A poller whose answers a test sets, and a way to await the next change. */
function scripted() {
  const answers = new Map<string, Report>();
  const asked: string[] = [];
  let told: (key: string) => void = () => undefined;
  const poller = createPoller(
    (key) => told(key),
    ({ metadata: { uid: name = '' } }) => {
      asked.push(name);
      return Promise.resolve(answers.get(name) ?? { error: 'silent' });
    },
  );
  return { poller, answers, asked, nextChange: () => new Promise<string>((resolve) => (told = resolve)) };
}

describe('the poller', () => {
  test('asks at once, and tells the key when an answer is new', async () => {
    const { poller, nextChange } = scripted();
    const change = nextChange();
    poller.watch('team/acme', [pod('a')], 60_000);
    expect(await change).toBe('team/acme');
    expect(poller.latest(pod('a'))).toEqual({ error: 'silent' });
    poller.stop();
  });

  test('goes on asking, and is silent until an answer differs', async () => {
    const { poller, answers, asked, nextChange } = scripted();
    let change = nextChange();
    poller.watch('team/acme', [pod('a')], 1);
    await change;
    change = nextChange();
    const before = asked.length;
    setTimeout(() => answers.set('a', { error: 'other' }), 20);
    await change;
    expect(poller.latest(pod('a'))).toEqual({ error: 'other' });
    expect(asked.length).toBeGreaterThan(before);
    poller.stop();
  });

  test('asks at once when a pod gets its address, and when it is to ask more often', async () => {
    const { poller, answers, nextChange } = scripted();
    let change = nextChange();
    poller.watch('team/acme', [pod('a')], 600_000);
    await change;
    answers.set('a', { error: 'with an address' });
    change = nextChange();
    poller.watch('team/acme', [pod('a', '10.0.0.1')], 600_000);
    await change;
    expect(poller.latest(pod('a'))).toEqual({ error: 'with an address' });
    answers.set('a', { error: 'more often' });
    change = nextChange();
    poller.watch('team/acme', [pod('a', '10.0.0.1')], 300_000);
    await change;
    expect(poller.latest(pod('a'))).toEqual({ error: 'more often' });
    poller.stop();
  });

  test('is not put off by a cache that is reconciled more often than it is polled', async () => {
    const { poller, asked, nextChange } = scripted();
    const change = nextChange();
    poller.watch('team/acme', [pod('a')], 50);
    await change;
    const before = asked.length;
    const busy = setInterval(() => poller.watch('team/acme', [pod('a'), pod('b')], 50), 5);
    await eventually('four more questions', 5, () =>
      asked.length > before + 4 ? { value: true } : { missing: `${asked.length - before} were asked` },
    );
    clearInterval(busy);
    poller.stop();
  });

  test('forgets pods that are gone', async () => {
    const { poller, nextChange } = scripted();
    const change = nextChange();
    poller.watch('team/acme', [pod('a'), pod('b')], 60_000);
    await change;
    poller.watch('team/acme', [pod('b')], 60_000);
    expect([poller.latest(pod('a')), poller.latest(pod('b'))]).toEqual([undefined, { error: 'silent' }]);
    poller.watch('team/acme', [], 0);
    expect(poller.latest(pod('b'))).toBeUndefined();
  });
});
