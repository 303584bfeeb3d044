import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GoProxyCache } from '../../src/api/types.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/paths.ts';
import type { Lease } from '../../src/runtime/lease.ts';
import type { Access } from './support/access.ts';
import { access, butLeases } from './support/access.ts';
import type { Harness } from './support/harness.ts';
import { cache, NAMESPACE, startHarness, until } from './support/harness.ts';
import type { RunningOperator } from './support/operator.ts';
import { startOperator } from './support/operator.ts';

const SYSTEM = 'goproxycache-system';
/** From the last sign of a leader that is gone to the first of the next: 15 s of the Lease, and a look every 2 s. */
const FAILOVER_MS = 20_000;

/** A process with a token of its own, so that the audit log tells its writes from those of the others. */
type Replica = RunningOperator & Pick<Access, 'writes'>;

let harness: Harness;
const running = new Set<Replica>();
let leader: Replica;
let standby: Replica;

async function start(): Promise<Replica> {
  const { kubeconfigPath, writes } = await access(harness);
  const flags = ['--leader-election', `--leader-election-namespace=${SYSTEM}`];
  const replica = { ...(await startOperator(kubeconfigPath, flags)), writes };
  running.add(replica);
  void replica.ended.then(() => running.delete(replica));
  return replica;
}

beforeAll(async () => {
  harness = await startHarness();
}, 120_000);
afterAll(async () => {
  for (const replica of running) {
    replica.signal('SIGKILL');
    await replica.ended;
  }
  await harness.stop();
});

const leads = async (replica: Replica): Promise<boolean> =>
  (await replica.metric('leader_election_master_status', (labels) => labels.includes('goproxycache-operator'))) === 1;
const lease = () => harness.client.find<Lease>(resources.Lease, { namespace: SYSTEM, name: 'goproxycache-operator' });
const read = (name: string) =>
  harness.client.find<GoProxyCache & KubeObject>(resources.GoProxyCache, { namespace: NAMESPACE, name });

/** Changes the spec of a cache, and waits until a leader has followed. */
async function isFollowed(name: string, replicas: number): Promise<void> {
  const ref = { namespace: NAMESPACE, name };
  const patch = { spec: { gateway: { replicas } } };
  const { metadata } = await harness.client.mergePatch<KubeObject>(resources.GoProxyCache, ref, patch);
  await until('the change is followed', async () => {
    const status = (await read(name))?.status;
    return status?.observedGeneration === metadata.generation;
  });
  const gateway = await harness.client.find<KubeObject<{ replicas: number }>>(resources.Deployment, {
    namespace: NAMESPACE,
    name: `${name}--gateway`,
  });
  expect(gateway?.spec?.replicas).toBe(replicas);
}

/** The standby leads now, and a new one stands by. */
async function hasTakenOver(): Promise<void> {
  await until('the standby leads', () => leads(standby), FAILOVER_MS);
  leader = standby;
  standby = await start();
}

describe('of two operators', () => {
  test('one works, and the other is ready and writes nothing at all', async () => {
    leader = await start();
    await until('it leads', () => leads(leader));
    standby = await start();
    await harness.client.create(resources.GoProxyCache, cache('acme', {}));
    await until('its status is there', async () => (await read('acme'))?.status?.observedGeneration === 1);
    await isFollowed('acme', 3);
    expect(butLeases(await leader.writes())).not.toEqual([]);
    expect([await leads(standby), await standby.writes()]).toEqual([false, []]);
    const told = async (replica: Replica) => (await replica.series('goproxycache_ready')).length;
    expect([await told(leader), await told(standby)]).toEqual([1, 0]);
    expect(standby.log()).toContain('another process leads: standing by');
    expect((await lease())?.spec).toMatchObject({ leaseDurationSeconds: 15, leaseTransitions: 0 });
  }, 90_000);

  test('the other leads within moments when the first is told to end, which gives the Lease back as its last write', async () => {
    const old = leader;
    expect(await old.stop()).toBe(0);
    const writes = await old.writes();
    expect(writes.at(-1)).toMatch(/ update leases goproxycache-system\/goproxycache-operator$/);
    // A look every 2.4 s at most.
    await until('the standby leads', () => leads(standby), 6_000);
    expect((await lease())?.spec).toMatchObject({ leaseTransitions: 1 });
    await hasTakenOver();
    await isFollowed('acme', 4);
    expect(await old.writes()).toEqual(writes);
  }, 90_000);

  test('the other leads within 20 seconds when the first is killed', async () => {
    leader.signal('SIGKILL');
    await hasTakenOver();
    await isFollowed('acme', 3);
  }, 90_000);

  test('the first writes nothing and ends when it goes on after it was stopped for longer than its term', async () => {
    const old = leader;
    old.signal('SIGSTOP');
    await hasTakenOver();
    await isFollowed('acme', 4);
    const writes = await old.writes();
    old.signal('SIGCONT');
    expect(await old.ended).toBe(1);
    expect(await old.writes()).toEqual(writes);
    expect(old.log()).toContain('the leadership is lost');
  }, 90_000);

  test('the first ends, and writes nothing after, when the API server is silent for longer than its term', async () => {
    const old = leader;
    const writes = butLeases(await old.writes());
    harness.server.pause();
    try {
      expect(await old.ended).toBe(1);
    } finally {
      harness.server.resume();
    }
    await hasTakenOver();
    await isFollowed('acme', 3);
    expect(butLeases(await old.writes())).toEqual(writes);
  }, 120_000);

  test('the one that stands by ends with exit code 0 when it is told to, and has written nothing', async () => {
    expect(await standby.stop()).toBe(0);
    expect(await standby.writes()).toEqual([]);
    expect(await leader.stop()).toBe(0);
    expect((await lease())?.spec?.holderIdentity).toBe('');
  });
});
