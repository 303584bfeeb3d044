import type { Reason, Verdict } from '../../api/conditions.ts';
import { isBelow, nginxFloor } from '../../gateway/floors.ts';
import type { GatewayInput } from './gateway.ts';

/**
 * VersionsSupported, from what the running programs say of themselves: the tag of an image proves nothing. It is a warning that
 * does not touch Ready, since a distribution patches old versions without a new number.
 */
export function versionsVerdict(pods: GatewayInput['pods']): Verdict {
  const verdict = (status: Verdict['status'], reason: Reason, message: string): Verdict => ({
    type: 'VersionsSupported',
    status,
    reason,
    message,
  });
  const running = new Set(
    pods.flatMap(({ report }) => (report && 'status' in report ? [report.status.nginxVersion] : [])),
  );
  const old = [...running].find((version) => isBelow(version, nginxFloor.version));
  if (old !== undefined)
    return verdict(
      'False',
      'VersionOutdated',
      `the gateway runs nginx ${old}, older than ${nginxFloor.version}, which closed ${nginxFloor.advisories.join(', ')}: ` +
        'take a newer gateway.image, or make sure that your distribution has patched it',
    );
  if (running.size === 0) return verdict('Unknown', 'NotReported', 'no gateway pod has reported yet');
  return verdict('True', 'VersionsCurrent', `the gateway runs nginx ${[...running].sort().join(' and ')}`);
}
