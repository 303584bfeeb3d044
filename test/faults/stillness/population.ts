/** Caches of all sorts, each in a namespace of its own, made once for a lane. */
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Lane } from '../bed/lane.ts';
import { chains } from '../chain/chains.ts';
import { follow, refusals } from '../chain/claims.ts';
import type { Json } from '../chain/json.ts';
import { makeSecrets } from '../chain/secrets.ts';
import { writeSpec } from '../chain/write.ts';
import { cacheOf, settle } from '../oracle/observe.ts';
import { reach } from '../workloads/reach.ts';
import { workloads } from '../workloads/workloads.ts';

/** Converged, and left alone from then on. */
export interface Resident {
  /** A workload, or `chain/NAME` for the last spec of a chain. */
  readonly name: string;
  readonly namespace: string;
}

export interface Population {
  readonly residents: readonly Resident[];
  /** Those that have a cache: some workloads end with its deletion. */
  readonly caches: number;
}

const TOGETHER = 8;
/** They are made all at once. */
const SETTLE_MS = 120_000;

type Make = (lane: Lane, namespace: string) => Promise<void>;

const ofWorkloads = (names?: readonly string[]): [string, Make][] =>
  workloads
    .filter(({ name }) => names?.includes(name) ?? true)
    .map((workload) => [workload.name, (lane, namespace) => reach(workload, lane, namespace)]);

/** The end of each chain of the seed, where a fresh cache with its spec becomes ready. */
const ofChains = (seed: number): [string, Make][] =>
  chains(seed).flatMap(({ name, operations }): [string, Make][] => {
    const { spec } = operations.at(-1) ?? {};
    return spec === undefined || !isServed(spec) ? [] : [[`chain/${name}`, (lane, at) => deploy(lane, at, spec)]];
  });

const isServed = (spec: Json) => spec['paused'] !== true && refusals(follow(new Map(), spec)).size === 0;

async function deploy(lane: Lane, namespace: string, spec: Json): Promise<void> {
  await makeSecrets(lane, namespace);
  await writeSpec(lane, namespace, spec);
  await settle(lane, namespace, SETTLE_MS);
}

const made = new WeakMap<Lane, Promise<Population>>();

/** All workloads and the chains of the seed; in a sample two workloads. Rejects when one does not become ready. */
export function populationOf(lane: Lane, { seed, sample }: { seed: number; sample: boolean }): Promise<Population> {
  const known = made.get(lane);
  if (known) return known;
  const fresh = settled(
    lane,
    sample ? ofWorkloads(['everything', 'delete-retain']) : [...ofWorkloads(), ...ofChains(seed)],
  );
  made.set(lane, fresh);
  return fresh;
}

async function settled(lane: Lane, all: [string, Make][]): Promise<Population> {
  const todo = [...all];
  const residents: Resident[] = [];
  const work = async (): Promise<void> => {
    for (let next = todo.shift(); next; next = todo.shift()) {
      const [name, make] = next;
      const namespace = await lane.take();
      await make(lane, namespace).catch((error: unknown) => {
        throw new Error(`${name} does not become ready: ${String(error)}`, { cause: error });
      });
      residents.push({ name, namespace });
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  const caches = residents.filter(({ namespace }) => cacheOf(lane.state(namespace)) !== undefined).length;
  return { residents, caches };
}

/** Versions of all that is in a namespace, by `Kind/name`. */
export const versionsOf = (lane: Lane, namespace: string): ReadonlyMap<string, string> =>
  new Map(
    [...lane.state(namespace)].map(([key, { metadata }]: [string, KubeObject]) => [
      key,
      metadata.resourceVersion ?? '',
    ]),
  );
