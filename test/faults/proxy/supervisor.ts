import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Answer } from './faults.ts';
import type { Facts, Write } from './invariants.ts';
import { brokenByAsking, brokenByDoing } from './invariants.ts';
import type { Entry, Journal } from './journal.ts';
import { keyText } from './key.ts';
import type { Leadership } from './leadership.ts';
import type { World } from './world.ts';

/** Looks at every write. */
export interface Supervisor {
  /** Before it is passed on. A promise only where something has to be looked up. */
  asked(entry: Entry): Facts | Promise<Facts>;
  /** When it was answered. */
  done(entry: Entry, facts: Facts, answer: Answer): void;
}

export interface SupervisorOptions {
  readonly admin: Client;
  readonly world: World;
  readonly leadership: Leadership;
  readonly journal: Journal;
}

export function createSupervisor({ admin, world, leadership, journal }: SupervisorOptions): Supervisor {
  const writeOf = ({ key, instance, path, text, sent }: Entry): Write => ({
    key,
    instance,
    fieldManager: new URL(path, 'http://localhost').searchParams.get('fieldManager') ?? undefined,
    text,
    body: sent,
  });

  function factsOf({ key, instance, before }: Entry): Facts {
    const { namespace } = key;
    return {
      caches: world.known(namespace, instance),
      live: world.live(namespace),
      before,
      secrets: world.secrets(namespace),
      leader: leadership.leaderFor(instance),
    };
  }

  function report(entry: Entry, broken: string[]): void {
    const { key, instance } = entry;
    for (const what of broken) journal.broken(key.namespace, `${keyText(key)} of ${instance}: ${what}`);
  }

  /** What follows caches may be behind, and then what looks wrong is not. */
  async function lookAgain(entry: Entry, facts: Facts): Promise<Facts> {
    const live = await world.fresh(entry.key.namespace);
    const fresh = { ...facts, live, caches: [...facts.caches, ...live] };
    report(entry, brokenByAsking(writeOf(entry), fresh));
    return fresh;
  }

  async function lookUp(entry: Entry): Promise<Facts> {
    entry.before = await objectAt(admin, entry.path);
    const facts = factsOf(entry);
    return lookAgain(entry, facts);
  }

  return {
    asked: (entry) => {
      const { key, instance, sent } = entry;
      leadership.asked(key, instance, sent);
      if (key.operation === 'DELETE' || key.kind === 'PersistentVolumeClaim') return lookUp(entry);
      const facts = factsOf(entry);
      return brokenByAsking(writeOf(entry), facts).length > 0 ? lookAgain(entry, facts) : facts;
    },
    done: (entry, facts, { status, body }) => {
      if (status < 300) leadership.done(entry.key, entry.sent);
      report(
        entry,
        brokenByDoing(writeOf(entry), facts, status, () => body.toString()),
      );
    },
  };
}

/** The object that a path names, as it is now. */
async function objectAt(admin: Client, path: string): Promise<KubeObject | undefined> {
  try {
    return await admin.transport.json<KubeObject>('GET', path.split('?', 1)[0] ?? path);
  } catch {
    return undefined;
  }
}
