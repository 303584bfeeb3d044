import type { Verdict } from '../../api/conditions.ts';
import type { Outcome } from '../apply.ts';
import { describeObject } from '../describe.ts';

/** For kinds that a cluster need not serve. */
const REMEDIES: Readonly<Record<string, string>> = {
  HTTPRoute: 'the Gateway API, or leave exposure.gatewayAPI out',
  ServiceMonitor: 'the prometheus-operator, or leave monitoring.serviceMonitor out',
};

/** What needs a person: an object that is somebody else's, or that the API server does not take. */
export function stalledVerdict({ blocked, refusals }: Outcome): Verdict | undefined {
  const verdict = (reason: Verdict['reason'], message: string): Verdict => ({
    type: 'Stalled',
    status: 'True',
    reason,
    message,
  });
  const clash = blocked.find(({ reason }) => reason === 'NameClash');
  if (clash)
    return verdict(
      'NameClash',
      `${describeObject(clash.object)} exists and belongs to somebody else: delete or rename it, or give the cache another name`,
    );
  const missing = blocked.find(({ reason }) => reason === 'KindMissing');
  if (missing)
    return verdict(
      'ApplyRefused',
      `the cluster does not know the kind ${missing.object.kind}, or the operator has no right to it: install ${REMEDIES[missing.object.kind] ?? 'its CustomResourceDefinition'}`,
    );
  const [refusal] = refusals;
  if (refusal)
    return verdict(
      refusal.forbidden ? 'Forbidden' : 'ApplyRefused',
      `${refusal.object} was refused: ${refusal.message.slice(0, 1000)}`,
    );
  return undefined;
}
