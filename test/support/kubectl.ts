import { clusterEnvironment } from './environment.ts';
import type { RunOptions, RunResult } from './run.ts';
import { run, tryRun } from './run.ts';

/** The part of a Kubernetes object that every one has. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string;
    creationTimestamp?: string;
  };
}

const withCluster = (options: RunOptions): RunOptions => ({ ...options, env: clusterEnvironment() });

/** Runs kubectl on the cluster under test and gives what it printed. Throws with kubectl's own words. */
export const kubectl = (args: readonly string[], options: RunOptions = {}): Promise<string> =>
  run('kubectl', args, withCluster(options));

/** Runs kubectl where a refusal is an answer too. */
export const tryKubectl = (args: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  tryRun('kubectl', args, withCluster(options));

/** Reads an object as JSON; undefined when there is none of that name. */
export async function read<T extends object = KubeObject>(
  kind: string,
  name: string,
  namespace?: string,
): Promise<T | undefined> {
  const text = await kubectl(['get', kind, name, '--ignore-not-found', '-o', 'json', ...inNamespace(namespace)]);
  return text === '' ? undefined : (JSON.parse(text) as T);
}

/** Reads all objects of some kinds (comma separated) in a namespace. */
export async function list<T extends object = KubeObject>(
  kinds: string,
  namespace: string,
  selector?: string,
): Promise<T[]> {
  const filter = selector === undefined ? [] : ['-l', selector];
  const text = await kubectl(['get', kinds, '-o', 'json', ...filter, ...inNamespace(namespace)]);
  return (JSON.parse(text) as { items: T[] }).items;
}

/** Applies objects as a person would: server-side, with a field manager that is not the operator's. */
export async function apply(objects: object | object[], namespace?: string): Promise<void> {
  const items = Array.isArray(objects) ? (objects as object[]) : [objects];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-', ...inNamespace(namespace)], { input });
}

/** A namespace in which only pods of Pod Security `restricted` are admitted. */
export const restrictedNamespace = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
});

/**
 * Takes every cache out of a namespace, with pods and volumes, and makes the namespace when there is none. A namespace is not
 * deleted for that: Kubernetes would wait for half of the pods' grace period, which is minutes, even when they end at once.
 */
export async function emptyNamespace(name: string): Promise<void> {
  await apply(restrictedNamespace(name));
  if ((await tryKubectl(['get', 'crd', 'goproxycaches.goproxycache.io'])).status !== 0) return;
  await kubectl(['delete', 'goproxycaches', '--all', '--wait', '--timeout=60s', ...inNamespace(name)]);
  const ours = ['-l', 'app.kubernetes.io/name=goproxycache'];
  await kubectl(['wait', 'pods', '--for=delete', '--timeout=120s', ...ours, ...inNamespace(name)]);
  await kubectl(['delete', 'persistentvolumeclaims', '--all', '--wait', '--timeout=60s', ...inNamespace(name)]);
}

export const inNamespace = (namespace: string | undefined): string[] =>
  namespace === undefined ? [] : ['-n', namespace];
