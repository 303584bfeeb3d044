import type { GoProxyCache } from '../api/types.ts';
import { describeObject } from './describe.ts';
import type { Manifest } from '../desired/manifest.ts';
import type { Client } from '../kube/client.ts';
import { ApiError, isAnother, isConflict, isInvalid } from '../kube/errors.ts';
import type { KubeObject } from '../kube/objects.ts';
import { keyOfObject } from '../kube/objects.ts';
import { resourceOf } from '../kube/paths.ts';
import { ownership } from './ownership.ts';
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
 * (network, time-out, server error, conflict) is thrown.
 */
export async function execute(
  plan: Plan,
  cache: GoProxyCache,
  client: Client,
  world: World,
  signal: AbortSignal,
): Promise<Outcome> {
  const outcome: Outcome = { blocked: [...plan.blocked], refusals: [], writes: 0 };
  for (const step of plan.steps) {
    try {
      if (await perform(step, cache, client, world, signal)) outcome.writes += 1;
      else outcome.blocked.push({ object: step.object as Manifest, reason: 'NameClash' });
    } catch (error) {
      const refusal = refused(step, error);
      if (!refusal) throw error;
      outcome.refusals.push(refusal);
    }
  }
  return outcome;
}

/** False when the object turned out to be somebody else's. */
async function perform(
  step: Step,
  cache: GoProxyCache,
  client: Client,
  world: World,
  signal: AbortSignal,
): Promise<boolean> {
  const resource = resourceOf(step.object);
  if (step.do === 'remove') {
    const { name, namespace, uid = '', resourceVersion } = step.object.metadata;
    const left = await client.remove(resource, { name, namespace }, { uid, resourceVersion, signal });
    const reflector = world.children.get(step.object.kind);
    if (left) reflector?.upsert({ ...step.object, ...left });
    else reflector?.drop(step.object);
    return true;
  }
  const stored = step.exists
    ? await applyOrReset(step.object, client, signal)
    : await makeOrLook(step.object, cache, client, signal);
  if (stored) world.children.get(step.object.kind)?.upsert(stored);
  return stored !== undefined;
}

/**
 * Makes an object that the caches do not have. They hold only objects with our labels; a foreign one of this name would be merged
 * into, so an apply that takes nothing but a new one goes first. Undefined when what is there is somebody else's.
 */
async function makeOrLook(
  object: Manifest & KubeObject,
  cache: GoProxyCache,
  client: Client,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const resource = resourceOf(object);
  try {
    return await client.apply(resource, object, { onlyNew: true, signal });
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  const live = await client.find(resource, object.metadata, { signal });
  if (live && ownership(live, cache) !== 'ours') return undefined;
  const { uid } = live?.metadata ?? {};
  const meant = uid === undefined ? object : { ...object, metadata: { ...object.metadata, uid } };
  return client.apply(resource, meant, { signal });
}

/**
 * Applies an object. Somebody may have changed the key of a list's item (the port of a Service): an apply then adds ours
 * beside theirs, and the API server refuses the pair. A merge patch replaces lists as a whole, so it goes first.
 */
async function applyOrReset(object: Manifest & KubeObject, client: Client, signal: AbortSignal): Promise<KubeObject> {
  const resource = resourceOf(object);
  try {
    return await client.apply(resource, object, { signal });
  } catch (error) {
    if (!isInvalid(error) || isAnother(error)) throw error;
    const content = Object.entries(object).filter(([field]) => !['apiVersion', 'kind', 'metadata'].includes(field));
    await client.mergePatch(resource, object.metadata, Object.fromEntries(content), { signal });
    return client.apply(resource, object, { signal });
  }
}

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
