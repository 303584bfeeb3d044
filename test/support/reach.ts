import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { clusterEnvironment, EXISTING_CLUSTER } from './environment.ts';
import { eventually } from './eventually.ts';
import { read } from './kubectl.ts';

/** A way from this machine to something in the cluster. */
export interface Reached {
  url: string;
  close: () => Promise<void>;
}

/**
 * The address of a Service for clients on this machine: its ClusterIP on the testbed, whose node this machine is; elsewhere
 * a `kubectl port-forward`, which leads to one of its pods.
 */
export async function reachService(namespace: string, name: string, port = 80): Promise<Reached> {
  if (EXISTING_CLUSTER) return portForward(namespace, `service/${name}`, port);
  const service = await read<{ spec: { clusterIP: string } }>('service', name, namespace);
  if (service === undefined) throw new Error(`there is no Service ${name} in namespace ${namespace}`);
  return { url: `http://${service.spec.clusterIP}${port === 80 ? '' : `:${port}`}`, close: () => Promise.resolve() };
}

/** Forwards a free local port to a port of `target` (kind/name) until it is closed. */
export async function portForward(namespace: string, target: string, port: number): Promise<Reached> {
  const child = spawn('kubectl', ['port-forward', '-n', namespace, target, `:${port}`], {
    env: clusterEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit');
  const close = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  try {
    const local = await eventually(`port-forward to ${target}`, 20, () => {
      if (child.exitCode !== null) throw new Error(`kubectl port-forward ended: ${said.trim()}`);
      const match = /127\.0\.0\.1:(?<port>\d+)/.exec(said);
      return match?.groups?.port === undefined ? { missing: said.trim() || 'nothing' } : { value: match.groups.port };
    });
    return { url: `http://127.0.0.1:${local}`, close };
  } catch (error) {
    await close();
    throw error;
  }
}
