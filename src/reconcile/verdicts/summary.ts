import type { Verdict } from '../../api/conditions.ts';
import type { Problem } from '../../api/validate.ts';
import { describeProblem } from '../../api/validate.ts';
import { PROGRESS } from './workload.ts';

/**
 * Ready, Reconciling and Stalled from the verdicts on the parts. `stalled` is what needs a person, if anything does; `waiting` is what is to be made
 * anew and does not keep the cache from serving yet.
 */
export function summarise(
  parts: Verdict[],
  stalled: Verdict | undefined,
  paused: boolean,
  waiting?: string,
): Verdict[] {
  const failing = parts.filter((part) => part.status !== 'True');
  const cause = stalled ?? failing.find((part) => !PROGRESS.has(part.reason)) ?? failing[0];
  const reconciling: Verdict = paused
    ? {
        type: 'Reconciling',
        status: 'False',
        reason: 'Paused',
        message: 'spec.paused is true: objects are left as they are',
      }
    : !stalled && (cause ?? waiting) !== undefined
      ? {
          type: 'Reconciling',
          status: 'True',
          reason: 'Progressing',
          message: cause ? `${cause.type}: ${cause.message}` : (waiting ?? ''),
        }
      : {
          type: 'Reconciling',
          status: 'False',
          reason: stalled ? stalled.reason : 'Converged',
          message: stalled?.message ?? 'nothing is left to do',
        };
  return [
    ready(cause, stalled),
    reconciling,
    stalled ?? { type: 'Stalled', status: 'False', reason: 'NotStalled', message: 'nothing stands in the way' },
  ];
}

function ready(cause: Verdict | undefined, stalled: Verdict | undefined): Verdict {
  if (!cause)
    return { type: 'Ready', status: 'True', reason: 'AllServing', message: 'storage, engines and gateway serve' };
  if (stalled) return { type: 'Ready', status: 'False', reason: stalled.reason, message: stalled.message };
  const reason = PROGRESS.has(cause.reason) ? 'Progressing' : 'Degraded';
  return { type: 'Ready', status: 'False', reason, message: `${cause.type}: ${cause.message}` };
}

/** All that is said of a cache whose spec breaks a rule. */
export function invalidSpec([first, ...rest]: Problem[]): Verdict[] {
  const more = rest.length > 0 ? ` (and ${rest.length} more)` : '';
  const message = `${first ? describeProblem(first) : 'the spec cannot be read'}${more}`;
  return summarise([], { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message }, false);
}
