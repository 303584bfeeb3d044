import type { Reason, Verdict } from '../../api/conditions.ts';
import type { GatewayInput } from './gateway.ts';

const STAGES: Record<string, { reason: Reason; remedy: string }> = {
  DNS: { reason: 'DNSFailed', remedy: "check the host name and the cluster's DNS" },
  TCP: { reason: 'ConnectionFailed', remedy: 'check the port, firewalls and egress policies' },
  TLS: { reason: 'TLSFailed', remedy: 'check the certificate and who signed it, or use http' },
  HTTP: { reason: 'HTTPFailed', remedy: 'ask its operator, or put another upstream first' },
  Timeout: { reason: 'TimedOut', remedy: 'check firewalls and egress policies, or put a nearer upstream first' },
};

/**
 * UpstreamsReachable, as the gateway pods see it: never probed from the operator, which would lend its network to whoever
 * can write a spec.
 */
export function upstreamsVerdict(pods: GatewayInput['pods'], wanted: string[]): Verdict {
  const verdict = (status: Verdict['status'], reason: Reason, message: string): Verdict => ({
    type: 'UpstreamsReachable',
    status,
    reason,
    message,
  });
  if (wanted.length === 0)
    return verdict('Unknown', 'NotProbed', 'no upstream has type URL, so there is nothing to probe');
  const seen = new Set<string>();
  for (const { pod, report } of pods) {
    if (!report || !('status' in report)) continue;
    for (const upstream of report.status.upstreams) {
      if (!wanted.includes(upstream.url)) continue;
      seen.add(upstream.url);
      if (upstream.reachable) continue;
      const { reason, remedy } = STAGES[upstream.stage] ?? {
        reason: 'HTTPFailed' as const,
        remedy: 'see the logs of the gateway',
      };
      return verdict(
        'False',
        reason,
        `${upstream.url} fails at ${upstream.stage || 'an unknown stage'} from pod ${pod.metadata.name}: ${upstream.detail.slice(0, 300)}: ${remedy}`,
      );
    }
  }
  if (wanted.some((url) => !seen.has(url)))
    return verdict('Unknown', 'NotProbed', 'no gateway pod has reported on every upstream yet');
  return verdict('True', 'Reachable', `${wanted.length} upstream${wanted.length === 1 ? '' : 's'} answered`);
}
