/**
 * The part of the demo that talks to the cluster. It needs a cluster with the operator's image; demo.sh has seen to that.
 * Exit status 0 when all figures are as they should be; the last line says so.
 */
import { EXISTING_CLUSTER, NODE_ADDRESS } from '../support/environment.ts';
import { readCache } from '../support/cache.ts';
import type { ClusterUpstream } from '../support/clusterupstream.ts';
import { startUpstreamPod } from '../support/clusterupstream.ts';
import { apply, emptyNamespace } from '../support/kubectl.ts';
import { installOperator } from '../support/operatorpod.ts';
import { reachService } from '../support/reach.ts';
import { upstreamControl } from '../support/upstreamcontrol.ts';
import { watchUntilReady } from './live.ts';
import { measure } from './measure.ts';
import { headline, shortcomings, table } from './report.ts';
import { demoCache } from './spec.ts';

const NAMESPACE = 'goproxycache-demo';
const RTT_MS = 80;
/** Where test/demo/upstream.sh has put it. */
const TESTBED_UPSTREAM = `http://${NODE_ADDRESS}:26580`;

const begin = performance.now();
const say = (text: string): void => {
  console.log(`${((performance.now() - begin) / 1000).toFixed(1).padStart(6)}s  ${text}`);
};

async function demo(): Promise<string> {
  say('installing the operator, and emptying the namespace of an earlier demo');
  await Promise.all([installOperator(), emptyNamespace(NAMESPACE)]);
  say('the operator is ready');

  const upstream = await demoUpstream();
  const { cache, changes } = await demoCache(upstream.url);
  changes.forEach(say);
  await apply(cache, NAMESPACE);
  const { name } = cache.metadata;
  const readySeconds = await watchUntilReady(NAMESPACE, name, 180);
  say(`Ready ${readySeconds.toFixed(1)} s after kubectl apply`);

  const gateway = await reachService(NAMESPACE, name);
  try {
    const setting = {
      namespace: NAMESPACE,
      cache: name,
      upstream,
      upstreamUrl: upstream.clientUrl,
      gatewayUrl: gateway.url,
    };
    say(
      `go mod download of test/demo/project: from the upstream, through the gateway, with an empty client cache each time`,
    );
    const environments = [
      { name: 'default', path: '' },
      { name: '/staging', path: '/staging' },
    ];
    const figures = await measure(setting, environments, say);
    console.log(`\n${table(figures)}\n`);
    console.log(await howToGoOn(name, gateway.url));
    const wrong = shortcomings(figures);
    if (wrong.length > 0) throw new Error(wrong.join('; '));
    return `ready after ${readySeconds.toFixed(1)} s; ${headline(figures)}`;
  } finally {
    await gateway.close();
    await upstream.close();
  }
}

async function demoUpstream(): Promise<ClusterUpstream> {
  if (EXISTING_CLUSTER) return startUpstreamPod(NAMESPACE, RTT_MS);
  const url = TESTBED_UPSTREAM;
  return { url, clientUrl: url, close: () => Promise.resolve(), ...upstreamControl(url) };
}

async function howToGoOn(name: string, gatewayUrl: string): Promise<string> {
  if (!EXISTING_CLUSTER) return `export GOPROXY=${gatewayUrl}    # or ${gatewayUrl}/staging`;
  const url = (await readCache(NAMESPACE, name))?.status?.url ?? '';
  return [
    `export GOPROXY=${url}    # in the cluster; on this machine:`,
    `kubectl port-forward -n ${NAMESPACE} service/${name} 8080:80 & export GOPROXY=http://127.0.0.1:8080`,
  ].join('\n');
}

// Ends by exit(), so that what lies in temporary folders is removed.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

try {
  console.log(`demo: ok (${await demo()})`);
} catch (error) {
  console.log(`demo: failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
