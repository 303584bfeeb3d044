import type { Mutant } from './mutant.ts';

/** The planted bugs of the calibration: ten that differ in kind, each one that an operator somewhere has had. */
export const mutants: readonly Mutant[] = [
  {
    name: 'no-precondition',
    bug: 'A delete names its object only, not which one of that name was seen.',
    file: 'src/kube/client.ts',
    replace: ['preconditions: { uid, resourceVersion },', 'preconditions: {},'],
    killers: ['crash/environment-removed/DELETE'],
  },
  {
    name: 'owner-by-name',
    bug: 'Whose an object is, is told by the name of its owner, not by the UID.',
    file: 'src/reconcile/ownership.ts',
    replace: ['controller?.uid === cache.metadata.uid', 'controller?.name === cache.metadata.name'],
    killers: ['stale/delete-create', 'crash/delete-create', 'watch/GoProxyCache/replaced'],
  },
  {
    name: 'no-back-off',
    bug: 'What failed is tried again at once.',
    file: 'src/runtime/controller.ts',
    replace: [
      'queue.addRateLimited(key, error instanceof ApiError ? error.retryAfterMs : undefined);',
      'queue.add(key);',
    ],
    killers: ['api/create/APPLY Service cache #1/429', 'api/create/APPLY ConfigMap cache--gateway #1/429'],
  },
  {
    name: 'status-write-lost',
    bug: 'A status that the API server did not take is not written again.',
    file: 'src/reconcile/report.ts',
    replace: ['      throw error;', '      return cache as never;'],
    killers: ['api/pause/APPLY GoProxyCache cache/status #1/500'],
  },
  {
    name: 'edge-triggered',
    bug: 'Only what appears or changes wakes the reconcile; what goes does not.',
    file: 'src/reconcile/world.ts',
    replace: [
      'const touched = (change: Change<KubeObject>) => {',
      "const touched = (change: Change<KubeObject>) => {\n    if (change.type === 'deleted') return;",
    ],
    killers: ['drift/create/Service cache/deleted', 'drift/create/ConfigMap cache--gateway/deleted'],
  },
  {
    name: 'hash-left-out',
    bug: 'The hash of what was applied leaves out what was applied, so that a field which the spec names no more stays.',
    file: 'src/reconcile/ownership.ts',
    replace: ['.update(JSON.stringify(object))', '.update(object.kind)'],
    killers: ['crash/features-off/', 'chain/everything'],
  },
  {
    name: 'claim-as-any-child',
    bug: 'A volume claim is applied like any other object, so that it shrinks.',
    file: 'src/reconcile/plan.ts',
    replace: ["else if (manifest.kind === 'PersistentVolumeClaim')", 'else if (false)'],
    killers: ['misoperations/volume smaller', 'chain/storage'],
  },
  {
    name: 'relist-keeps-deleted',
    bug: 'A new list brings what is new, and what went meanwhile stays in the cache.',
    file: 'src/runtime/store.ts',
    replace: ['if (!listed.has(key) && !isOurs(held, listVersion)) changes', 'if (false) changes'],
    killers: ['watch/Service/deleted/410', 'watch/ConfigMap/deleted/410'],
  },
  {
    name: 'refusal-stops-the-rest',
    bug: 'After an object that the API server refuses no other is applied.',
    file: 'src/reconcile/apply.ts',
    replace: ['outcome.refusals.push(refusal);', 'outcome.refusals.push(refusal);\n      break;'],
    killers: ['api/create/APPLY ServiceAccount cache #1/403', 'api/create/APPLY Service cache #1/403'],
  },
  {
    name: 'impatient-standby',
    bug: 'Another takes the Lease after 5 s without renewal, and its holder works for 10.',
    file: 'src/runtime/lease.ts',
    replace: ['return Math.max(times.durationMs, leaseDurationSeconds * 1000);', 'return times.durationMs / 3;'],
    killers: ['election/renewals-8s-late/', 'election/renewals-12s-late/'],
  },
];
