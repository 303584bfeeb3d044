import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { customResourceDefinition } from '../../../src/api/crd.ts';
import { GROUP, KIND, VERSION } from '../../../src/api/types.ts';
import { createClient } from '../../../src/kube/client.ts';
import type { Client } from '../../../src/kube/client.ts';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import { connect } from '../../../src/kube/transport.ts';
import type { ApiServer, ApiServerOptions } from '../../testbed/apiserver.ts';
import { startApiServer } from '../../testbed/apiserver.ts';
import { testbedFolder } from '../../testbed/folder.ts';

/** An API server that serves our resource, and two ways to talk to it. */
export interface Harness {
  client: Client;
  /** A client of another field manager. */
  clientAs(fieldManager: string): Client;
  /** Runs kubectl and returns what it printed; rejects with what it complained about. */
  readonly kubectl: (args: readonly string[], stdin?: unknown) => Promise<string>;
  kubeconfigPath: string;
  server: ApiServer;
  stop(): Promise<void>;
}

export const NAMESPACE = 'default';

/** A GoProxyCache with this spec; without one when it is undefined. */
export const cache = (name: string, spec?: unknown, namespace = NAMESPACE): KubeObject => ({
  apiVersion: `${GROUP}/${VERSION}`,
  kind: KIND,
  metadata: { name, namespace },
  ...(spec !== undefined && { spec }),
});

/** Starts an API server, installs the CRD and waits until it is served. With controllers, objects are collected too. */
export async function startHarness(options: ApiServerOptions = {}): Promise<Harness> {
  const server = await startApiServer(options);
  const transport = connect(() => loadKubeConfig({ file: server.kubeconfigPath }), { userAgent: 'test' });
  const stop = async () => {
    await transport.close();
    await server.stop();
  };
  try {
    const client = createClient(transport, { fieldManager: 'test' });
    await client.apply(resources.CustomResourceDefinition, customResourceDefinition());
    await until('the resource is served', async () => {
      const probe = cache('probe', {});
      return (
        (await client.create(resources.GoProxyCache, probe, { dryRun: true }).catch(() => undefined)) !== undefined
      );
    });
    return {
      client,
      clientAs: (fieldManager) => createClient(transport, { fieldManager }),
      kubeconfigPath: server.kubeconfigPath,
      server,
      kubectl: (args, stdin) => kubectl(['--kubeconfig', server.kubeconfigPath, ...args], stdin),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits until something holds, 30 s at most. */
export async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s until ${what}`);
    await delay(50);
  }
}

async function kubectl(args: readonly string[], stdin?: unknown): Promise<string> {
  const running = promisify(execFile)(join(testbedFolder, 'bin/kubectl'), [...args]);
  running.child.stdin?.end(stdin === undefined ? undefined : JSON.stringify(stdin));
  return (await running).stdout;
}
