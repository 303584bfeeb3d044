import { describeObject } from './describe.ts';
import type { Manifest } from '../desired/manifest.ts';
import type { Client } from '../kube/client.ts';
import { ApiError, isAnother, isConflict, isInvalid } from '../kube/errors.ts';
import type { KubeObject } from '../kube/objects.ts';
import { keyOfObject } from '../kube/objects.ts';
import { resourceOf } from '../kube/paths.ts';
import type { Blocked, Plan, Step } from './plan.ts';
import type { World } from './world.ts';

/** What the API server would not take. A retry alone does not mend it. */
export interface Refusal {
  /** Kind and name. */
  object: string;
  /** The operator itself lacks a permission. */
  forbidden: boolean;
  message: string;
}

export interface Outcome {
  blocked: Blocked[];
  refusals: Refusal[];
  /** Number of writes that succeeded. */
  writes: number;
}

/**
 * Carries a plan out, in its order. An object that is refused does not stop the others; an error that a retry may mend
 * (network, time-out, server error, conflict) is thrown. Undefined when `goesOn` was false before a step: the rest is not done.
 */
export async function execute(
  plan: Plan,
  client: Client,
  world: World,
  goesOn: () => boolean,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const outcome: Outcome = { blocked: [...plan.blocked], refusals: [], writes: 0 };
  for (const step of plan.steps) {
    if (!goesOn()) return undefined;
    try {
      const { writes, blocked } = await perform(step, client, world, signal);
      outcome.writes += writes;
      outcome.blocked.push(...blocked);
    } catch (error) {
      const refusal = refused(step, error);
      if (!refusal) throw error;
      outcome.refusals.push(refusal);
    }
  }
  return outcome;
}

type Done = Pick<Outcome, 'writes' | 'blocked'>;
const WRITTEN: Done = { writes: 1, blocked: [] };

async function perform(step: Step, client: Client, world: World, signal: AbortSignal): Promise<Done> {
  const resource = resourceOf(step.object);
  const reflector = world.children.get(step.object.kind);
  if (step.do === 'remove') {
    const { name, namespace, uid = '', resourceVersion } = step.object.metadata;
    const left = await client.remove(resource, { name, namespace }, { uid, resourceVersion, signal });
    // One without our label has no place there: no watch would tell of its end.
    if (left && reflector?.store.get(keyOfObject(step.object))) reflector.upsert({ ...step.object, ...left });
    else reflector?.drop(step.object);
    return WRITTEN;
  }
  if (step.exists) {
    const live = reflector?.store.get(keyOfObject(step.object));
    const stored = await applyOrReset(step.object, live, client, signal);
    reflector?.upsert(stored);
    return WRITTEN;
  }
  const live = await makeOrLook(step.object, client, signal);
  if ('found' in live) return performAll(step.found(live.found), client, world, signal);
  reflector?.upsert(live.made);
  return WRITTEN;
}

async function performAll({ steps, blocked }: Plan, client: Client, world: World, signal: AbortSignal): Promise<Done> {
  const all: Done[] = [{ writes: 0, blocked }];
  for (const step of steps) all.push(await perform(step, client, world, signal));
  return { writes: all.reduce((sum, { writes }) => sum + writes, 0), blocked: all.flatMap((done) => done.blocked) };
}

/**
 * Makes an object that the caches do not have. They hold only objects with our labels; one without them of this name would be merged
 * into, so an apply that takes nothing but a new one goes first.
 */
async function makeOrLook(
  object: Manifest & KubeObject,
  client: Client,
  signal: AbortSignal,
): Promise<{ made: KubeObject } | { found: KubeObject }> {
  const resource = resourceOf(object);
  try {
    return { made: await client.apply(resource, object, { onlyNew: true, signal }) };
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  const found = await client.find(resource, object.metadata, { signal });
  return found ? { found } : { made: await client.apply(resource, object, { signal }) };
}

/**
 * Applies an object. The API server may refuse it for what somebody has changed beside it: the key of a list's item (the port of a Service), so that
 * ours would come twice, or a field that does not go with ours (the limits of a rolling update, with Recreate). A merge patch replaces lists
 * as a whole, so it goes first; where that is not enough, what others have set beside our fields goes too.
 */
async function applyOrReset(
  object: Manifest & KubeObject,
  live: KubeObject | undefined,
  client: Client,
  signal: AbortSignal,
): Promise<KubeObject> {
  const resource = resourceOf(object);
  const meant = (error: unknown) => isInvalid(error) && !isAnother(error);
  const patch = (content: unknown) => client.mergePatch(resource, object.metadata, content, { signal });
  try {
    return await client.apply(resource, object, { signal });
  } catch (error) {
    if (!meant(error)) throw error;
    const content = contentOf(object);
    try {
      await patch(content);
    } catch (again) {
      if (!meant(again) || !live) throw again;
      await patch(withoutTheRest(content, live));
    }
    return client.apply(resource, object, { signal });
  }
}

const contentOf = (object: object) =>
  Object.fromEntries(Object.entries(object).filter(([field]) => !['apiVersion', 'kind', 'metadata'].includes(field)));

/** The merge patch that makes each of these fields what it is here, and takes away what stands beside them in the live ones. */
function withoutTheRest(wanted: object, live: object): object {
  const there = live as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(wanted).map(([name, value]: [string, unknown]) => [name, whole(value, there[name])]),
  );
}

function whole(value: unknown, live: unknown): unknown {
  if (!isMap(value) || !isMap(live)) return value;
  const rest = Object.keys(live).filter((name) => !(name in value));
  return { ...withoutTheRest(value, live), ...Object.fromEntries(rest.map((name) => [name, null])) };
}

const isMap = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

function refused(step: Step, error: unknown): Refusal | undefined {
  if (!(error instanceof ApiError) || isAnother(error)) return undefined;
  // A missing namespace or kind, a validation or admission refusal, a quota, a missing permission: all need a person.
  const { status, message } = error;
  if (![400, 403, 404, 422].includes(status)) return undefined;
  return { object: describeObject(step.object), forbidden: lacksPermission(message), message };
}

/** Quota, admission and a missing permission all answer 403; only the authorizer words it so. */
const lacksPermission = (message: string) =>
  /cannot (get|list|watch|create|patch|update|delete) resource/.test(message);

/** The objects a plan touches, for the log. */
export const summary = (plan: Plan): string[] =>
  plan.steps.map((step) => `${step.do} ${step.object.kind} ${keyOfObject(step.object)}`);
