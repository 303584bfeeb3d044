/** Makes a lane: everything in this folder put together. */
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import { access } from '../../apiserver/support/access.ts';
import { startHarness } from '../../apiserver/support/harness.ts';
import { customResources } from '../../manifests/support/published.ts';
import { operatorBundle } from '../bundle.ts';
import { startProxy } from '../proxy/proxy.ts';
import { takeAddresses } from './addresses.ts';
import { createGateways } from './gateways.ts';
import type { Lane } from './lane.ts';
import { startMirror } from './mirror.ts';
import { createNamespaces } from './namespaces.ts';
import { nodeIsReady, schedule, startNode } from './node.ts';
import { createOperator } from './operator.ts';
import { makeClasses, provision } from './volumes.ts';

/** Those that a cache meets. Endpoints are not made: they may not have addresses of 127.0.0.0/8, and nobody reads them here. */
const CONTROLLERS = [
  'deployment-controller',
  'disruption-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'persistentvolume-binder-controller',
  'persistentvolume-protection-controller',
  'persistentvolumeclaim-protection-controller',
  'replicaset-controller',
  'resourcequota-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
];
/** A rollout takes some 100 ms with these, and seconds with the defaults. */
const CONTROLLER_FLAGS = [
  `--controllers=${CONTROLLERS.join(',')}`,
  '--kube-api-qps=1000',
  '--kube-api-burst=2000',
  '--concurrent-deployment-syncs=20',
  '--concurrent-replicaset-syncs=20',
  '--concurrent-gc-syncs=20',
];
/** Plans that wait for a deadline of 30 s each keep a worker. */
const OPERATOR_FLAGS = ['--workers=64', '--log-level=warn'];

/** Starts one, some 7 s. `say` hears of what goes wrong in the bed itself. It has no operator running yet. */
export async function startLane(
  number: number,
  { say = () => undefined }: { readonly say?: (text: string) => void } = {},
): Promise<Lane> {
  const ends: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return await start(number, say, ends, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  number: number,
  say: (text: string) => void,
  ends: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<Lane> {
  const onError = (error: unknown) => say(`lane ${number}: ${String(error)}`);
  const run = (work: () => Promise<unknown>): void => void work().catch(onError);
  const harness = await startHarness({ controllers: true, controllerFlags: CONTROLLER_FLAGS });
  ends.push(() => harness.stop());
  const { client, server } = harness;
  await makeClasses(client);
  for (const definition of await customResources())
    await client.apply(resources.CustomResourceDefinition, definition as unknown as KubeObject);
  const { kubeconfigPath } = await access(harness);

  const mirror = await startMirror(client, onError);
  ends.push(mirror.stop);
  const gateways = createGateways(mirror);
  const addresses = await takeAddresses(gateways.answer);
  ends.push(addresses.close);
  await startNode(server, client, addresses.cidr);
  await nodeIsReady(mirror);
  schedule(client, mirror, run);
  provision(client, mirror, run);

  const proxy = await startProxy({ kubeconfigPath, admin: client });
  ends.push(() => proxy.close());
  const operator = createOperator(async (mutant) => ({
    program: await operatorBundle(mutant),
    kubeconfig: await proxy.kubeconfig('operator'),
    flags: OPERATOR_FLAGS,
  }));
  ends.push(() => operator.kill());
  proxy.onKill(operator.killNow);
  const namespaces = createNamespaces(client, mirror, { forget: (namespace) => proxy.forget(namespace), onError });
  const { take, free } = namespaces;
  const { state, until } = mirror;
  return { number, client, proxy, operator, take, free, state, until, silence: gateways.silence, stop };
}
