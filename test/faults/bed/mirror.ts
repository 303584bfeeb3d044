/** What is in the API server of a lane, kept current by watches that no fault touches. */
import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Resource } from '../../../src/kube/paths.ts';
import { createReflector } from '../../../src/runtime/reflector.ts';
import type { Reflector } from '../../../src/runtime/reflector.ts';
import type { Index } from '../../../src/runtime/store.ts';
import type { State } from './lane.ts';
import { others, watched } from './resources.ts';

export interface Mirror {
  readonly state: (namespace: string) => State;
  /** See Lane.until. */
  readonly until: (namespace: string, holds: (state: State) => true | string, timeoutMs: number) => Promise<void>;
  /** Calls for every object of a kind that is there, and again for each change of one. */
  each(kind: string, look: (object: KubeObject, deleted: boolean) => void): void;
  get(kind: string, key: string): KubeObject | undefined;
  list(kind: string): KubeObject[];
  readonly stop: () => Promise<void>;
}

/** Of every namespace, whatever plans do: Kubernetes makes them by itself. */
const GIVEN = new Set(['ConfigMap/kube-root-ca.crt', 'ServiceAccount/default']);
const byNamespace: Index = ({ metadata: { namespace } }) => (namespace === undefined ? [] : [namespace]);

/** Resolves when all kinds have been listed. */
export async function startMirror(client: Client, onError: (error: unknown) => void): Promise<Mirror> {
  const end = new AbortController();
  const lookers = new Map<string, ((object: KubeObject, deleted: boolean) => void)[]>();
  const waiters = new Map<string, Set<() => void>>();
  const clusterWide: readonly Resource[] = [others.PersistentVolume, others.Node];
  const reflectors = new Map<string, Reflector>(
    [...watched, ...clusterWide].map((resource) => [
      resource.kind,
      createReflector({
        client,
        resource,
        indexes: { namespace: byNamespace },
        onError,
        onChange: ({ type, object }) => {
          for (const look of lookers.get(resource.kind) ?? []) look(object, type === 'deleted');
          for (const wake of waiters.get(object.metadata.namespace ?? '') ?? []) wake();
        },
      }),
    ]),
  );
  const runs = [...reflectors.values()].map((reflector) => reflector.run(end.signal));
  await Promise.all([...reflectors.values()].map((reflector) => reflector.synced()));

  function state(namespace: string): State {
    const objects = watched.flatMap(({ kind }) => reflectors.get(kind)?.store.byIndex('namespace', namespace) ?? []);
    return new Map(
      objects
        .map((object): [string, KubeObject] => [`${object.kind}/${object.metadata.name}`, object])
        .filter(([key]) => !GIVEN.has(key)),
    );
  }

  return {
    state,
    until: (namespace, holds, timeoutMs) =>
      new Promise((resolve, reject) => {
        let last: true | string = 'nothing was looked at';
        let planned = false;
        const mine = waiters.get(namespace) ?? new Set();
        waiters.set(namespace, mine);
        const done = (): void => {
          clearTimeout(timer);
          mine.delete(wake);
        };
        const look = (): void => {
          planned = false;
          if (!mine.has(wake)) return;
          try {
            last = holds(state(namespace));
          } catch (error) {
            done();
            reject(error instanceof Error ? error : new Error(String(error)));
            return;
          }
          if (last !== true) return;
          done();
          resolve();
        };
        // Many changes come in one turn; one look at the last of them is enough.
        const wake = (): void => {
          if (!planned) setImmediate(look);
          planned = true;
        };
        const timer = setTimeout(() => {
          done();
          reject(new Error(`not within ${String(timeoutMs)} ms in ${namespace}: ${String(last)}`));
        }, timeoutMs);
        mine.add(wake);
        look();
      }),
    each: (kind, look) => {
      lookers.set(kind, [...(lookers.get(kind) ?? []), look]);
      for (const object of reflectors.get(kind)?.store.list() ?? []) look(object, false);
    },
    get: (kind, key) => reflectors.get(kind)?.store.get(key),
    list: (kind) => reflectors.get(kind)?.store.list() ?? [],
    stop: async () => {
      end.abort();
      await Promise.all(runs);
    },
  };
}
