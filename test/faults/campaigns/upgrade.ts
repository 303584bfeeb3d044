import { isDeepStrictEqual } from 'node:util';
import type { Campaign, Result, Scope } from '../campaign.ts';
import type { Clients } from '../cluster/clients.ts';
import { startClients } from '../cluster/clients.ts';
import type { Previous } from '../cluster/previous.ts';
import { previousReleases, previousVersion } from '../cluster/previous.ts';
import { atRest, podsOf } from '../cluster/rest.ts';
import type { Scene, Served } from '../cluster/scene.ts';
import { openScene } from '../cluster/scene.ts';
import type { Shape } from '../cluster/upgrades.ts';
import { changedTemplates, PLANNED, shapes } from '../cluster/upgrades.ts';
import { watchReady } from '../cluster/watchready.ts';
import { readCache } from '../../support/cache.ts';
import { CHECKOUT } from '../../support/environment.ts';
import { kubectl, list, tryKubectl } from '../../support/kubectl.ts';
import type { Installed } from '../../support/operatorpod.ts';
import {
  applyInstallation,
  imageFlags,
  installation,
  installOperator,
  OPERATOR_NAME,
  OPERATOR_NAMESPACE,
} from '../../support/operatorpod.ts';
import { applyCache } from '../../support/smallcache.ts';
import { noticed } from './downloads.ts';

export const upgrade: Campaign = {
  name: 'upgrade',
  title: 'An upgrade of the operator and the way back replace no pod of a cache, and clients do not notice them',
  place: 'cluster',
  together: 1,
  longestMs: 900_000,
  plans: async ({ sample }) => {
    const kinds = sample ? ['templates'] : ['templates', 'live'];
    return (await previousReleases()).flatMap((ref) => kinds.map((kind) => ({ id: `upgrade/${ref}/${kind}` })));
  },
  run: async ({ id }, scope) => {
    const [, ref = '', kind] = id.split('/');
    const begin = performance.now();
    const { problems, figures } = await (kind === 'templates' ? templates(ref) : live(ref, scope)).catch(
      (error: unknown) => ({ problems: [(error as Error).message], figures: {} }),
    );
    const outcome = problems.length === 0 ? 'converged' : 'stuck';
    return { id, outcome, problems, ms: Math.round(performance.now() - begin), figures };
  },
};

/** Of a cache whose spec changes, or whose operator is of another release. */
const PROGRESSING = /^\S+ \S+ Progressing /;
/** A release may print another configuration of the gateway, which its pods take up in place. */
const TAKES_UP = /^\S+ \S+ Progressing GatewayReady: Pod \S+ serves configuration \w+ and takes up \w+ soon$/;

type Found = Required<Pick<Result, 'problems' | 'figures'>>;

async function templates(ref: string): Promise<Found> {
  const { compared, problems } = await changedTemplates(ref);
  return { problems: compared === 0 ? ['no Deployment was compared'] : problems, figures: { templates: compared } };
}

async function live(ref: string, { say }: Scope): Promise<Found> {
  const scene = await openScene('upgrade');
  const previous = await previousVersion(ref);
  try {
    return await upgradeAndBack(scene, previous, ref, say);
  } finally {
    await operatorBecomes(await installation(CHECKOUT, imageFlags()));
    await installOperator();
    await scene.close();
    previous.remove();
  }
}

async function upgradeAndBack(scene: Scene, previous: Previous, ref: string, say: Scope['say']): Promise<Found> {
  const old = alone(await previous.installation());
  const now = alone(await installation(CHECKOUT, imageFlags()));
  say(`upgrade from ${ref}: its operator makes the caches`);
  await operatorBecomes(old);
  const caches = shapes(scene);
  const clients: Clients[] = [];
  for (const cache of caches) {
    const served = await place(scene, cache);
    if (served !== undefined) clients.push(await startClients(served));
  }
  const problems: string[] = [];
  const begin = await observe(scene, caches);
  const seen = [];
  try {
    for (const { what, operator, excused } of [
      { what: 'the upgrade', operator: now, excused: TAKES_UP },
      // What an operator of before says while it starts cannot be mended here.
      { what: 'the way back', operator: old, excused: PROGRESSING },
    ]) {
      say(`upgrade from ${ref}: ${what}`);
      const still = watchReady(scene.namespace, excused);
      const ready = watchReady(scene.namespace, PROGRESSING);
      await operatorBecomes(operator);
      problems.push(...still.stop().map((words) => `${what}: ${words}`));
      await worksOnAll(scene, caches);
      problems.push(...ready.stop().map((words) => `${what}: ${words}`));
      problems.push(...differences(what, begin, await observe(scene, caches), PLANNED[ref] ?? []));
      for (const client of clients) await client.more();
    }
  } finally {
    for (const client of clients) seen.push(await client.stop());
  }
  problems.push(...seen.flatMap((one) => noticed(one, { gap: 'none' })));
  const steady = seen.flatMap((one) => one.steady);
  const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
  return {
    problems,
    figures: {
      requests: sum(steady.map(({ requests }) => requests)),
      failed: sum(steady.map(({ failed }) => failed)),
      longestPauseMs: Math.max(...steady.map(({ longestPauseMs }) => longestPauseMs)),
      downloads: sum(seen.map(({ downloads }) => downloads)),
      coldRequests: sum(seen.map(({ cold }) => cold.requests)),
      pods: begin.pods.length,
    },
  };
}

/**
 * With one pod of the operator. A second one of before that takes over amid the upgrade says of each cache that its gateway has not been
 * asked yet, which cannot be mended here; and a Deployment that gets more pods with a new template has the old one make them.
 */
const alone = (items: Installed[]): Installed[] =>
  items.map((item) => (item.kind === 'Deployment' ? { ...item, spec: { ...item.spec, replicas: 1 } } : item));

/** Applies a cache and waits for it; fills it when clients use it. */
async function place(scene: Scene, { name, spec, isUsed }: Shape): Promise<Served | undefined> {
  if (isUsed) return scene.serve(name, spec);
  await applyCache(scene.namespace, name, spec);
  await atRest(scene.namespace, name);
  return undefined;
}

/**
 * Applies CRD and installation. The selector of a Deployment cannot change: when it has, the operator is deleted first, as
 * docs/operations.md says; its caches go on without it.
 */
async function operatorBecomes(items: Installed[]): Promise<void> {
  const deployment = items.find(({ kind }) => kind === 'Deployment');
  const input = JSON.stringify(deployment);
  const dry = await tryKubectl(['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'], {
    input,
  });
  const where = ['-n', OPERATOR_NAMESPACE];
  if (dry.stderr.includes('field is immutable')) await kubectl(['delete', 'deployment', OPERATOR_NAME, ...where]);
  await applyInstallation(items);
}

let seconds = 31;

/** A change that goes live in place shows that the operator that runs now works on each cache. */
async function worksOnAll(scene: Scene, caches: Shape[]): Promise<void> {
  seconds += 1;
  const patch = JSON.stringify({ spec: { gateway: { cache: { mutableTTLSeconds: seconds } } } });
  for (const { name } of caches)
    await kubectl(['patch', 'goproxycache', name, '-n', scene.namespace, '--type=merge', '-p', patch]);
  for (const { name } of caches) await atRest(scene.namespace, name);
}

interface Observed {
  pods: { cache: string; role: string; name: string; uid: string }[];
  claims: string[];
  specs: Map<string, object>;
}

async function observe({ namespace }: Scene, caches: Shape[]): Promise<Observed> {
  const pods = [];
  const specs = new Map<string, object>();
  for (const { name: cache } of caches) {
    for (const pod of await podsOf(namespace, cache)) pods.push({ ...pod, cache });
    const { gateway, ...spec } = (await readCache(namespace, cache))?.spec ?? {};
    // What this campaign changes by itself is left out.
    specs.set(cache, { ...spec, gateway: { ...gateway, cache: { ...gateway?.cache, mutableTTLSeconds: 0 } } });
  }
  const claims = (await list('persistentvolumeclaims', namespace)).map(
    ({ metadata }) => `${metadata.name} ${metadata.uid}`,
  );
  return { pods, claims: claims.sort(), specs };
}

/** Sentences about what the new operator replaced or lost. */
function differences(what: string, before: Observed, after: Observed, planned: readonly { role: string }[]): string[] {
  const there = new Set(after.pods.map(({ uid }) => uid));
  const gone = before.pods.filter(({ uid, role }) => !there.has(uid) && !planned.some((one) => one.role === role));
  const lost = [...before.specs].filter(([cache, spec]) => !isDeepStrictEqual(after.specs.get(cache), spec));
  return [
    ...gone.map(({ cache, name, role }) => `${what}: pod ${name} (${role} of ${cache}) was replaced`),
    ...(after.pods.length === before.pods.length
      ? []
      : [`${what}: ${before.pods.length} pods became ${after.pods.length}`]),
    ...(isDeepStrictEqual(before.claims, after.claims)
      ? []
      : [`${what}: claims were ${before.claims.join(', ')}, and are ${after.claims.join(', ')}`]),
    ...lost.map(([cache]) => `${what}: the spec of ${cache} is another one`),
  ];
}
