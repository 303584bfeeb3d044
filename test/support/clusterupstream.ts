import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKOUT, EXISTING_CLUSTER, NODE_ADDRESS } from './environment.ts';
import { machineProxy } from './gocommand.ts';
import { apply, kubectl } from './kubectl.ts';
import { projectModules } from './modules.ts';
import { portForward } from './reach.ts';
import { startUpstream } from './upstream.ts';
import type { UpstreamControl } from './upstreamcontrol.ts';
import { upstreamControl } from './upstreamcontrol.ts';

/** An upstream that pods and this machine reach. */
export interface ClusterUpstream extends UpstreamControl {
  /** As pods reach it: for spec.upstreams. */
  url: string;
  /** As a client on this machine reaches it, at the same distance. */
  clientUrl: string;
  close: () => Promise<void>;
}

const NAME = 'upstream';
const PORT = 8080;

/**
 * Starts an upstream with the project's modules: on the testbed in this process, on the node's address; on a cluster of the
 * user's own as a pod in `namespace` that fetches through what this machine's go command uses.
 */
export async function startClusterUpstream(namespace: string, rttMs = 0): Promise<ClusterUpstream> {
  if (EXISTING_CLUSTER) return startUpstreamPod(namespace, rttMs);
  const folder = await projectModules();
  const { address, close } = await startUpstream({ folder, rttMs, listen: { host: NODE_ADDRESS, port: 0 } });
  const url = `http://${address.host}:${address.port}`;
  return { url, clientUrl: url, close, ...upstreamControl(url) };
}

/** The upstream as a pod: a public Node image, and these files from a ConfigMap. */
export async function startUpstreamPod(namespace: string, rttMs: number): Promise<ClusterUpstream> {
  const through = await machineProxy();
  if (through === undefined) throw new Error('the upstream pod needs a module proxy: go env GOPROXY names none');
  await apply(await upstreamPod(namespace, rttMs, through));
  await kubectl(['rollout', 'status', `deployment/${NAME}`, '-n', namespace, '--timeout=180s']);
  const reached = await portForward(namespace, `service/${NAME}`, PORT);
  const url = `http://${NAME}.${namespace}.svc:${PORT}`;
  return { url, clientUrl: reached.url, close: reached.close, ...upstreamControl(reached.url) };
}

const FILES = ['address.ts', 'moduleserver.ts', 'relay.ts', 'upstream.ts'];

async function upstreamPod(namespace: string, rttMs: number, through: string): Promise<object[]> {
  const files = await Promise.all(
    FILES.map(async (file) => [file, await readFile(join(CHECKOUT, 'test/support', file), 'utf8')] as const),
  );
  const metadata = { name: NAME, namespace, labels: { app: NAME } };
  const args = [
    '/app/upstream.ts',
    '--listen',
    `0.0.0.0:${PORT}`,
    '--rtt',
    String(rttMs),
    '--folder',
    '/modules',
    '--through',
    through,
  ];
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { 'package.json': '{"type":"module"}', ...Object.fromEntries(files) },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: { app: NAME }, ports: [{ port: PORT, targetPort: PORT }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        selector: { matchLabels: { app: NAME } },
        template: {
          metadata: { labels: { app: NAME } },
          spec: {
            automountServiceAccountToken: false,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 1000,
              fsGroup: 1000,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: [
              {
                name: NAME,
                image: process.env.GPC_NODE_IMAGE ?? 'docker.io/library/node:24-slim',
                command: ['node'],
                args,
                ports: [{ containerPort: PORT }],
                readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1 },
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
                volumeMounts: [
                  { name: 'app', mountPath: '/app' },
                  { name: 'modules', mountPath: '/modules' },
                ],
              },
            ],
            volumes: [
              { name: 'app', configMap: { name: NAME } },
              { name: 'modules', emptyDir: {} },
            ],
          },
        },
      },
    },
  ];
}
