import type { Reason, Verdict } from '../../api/conditions.ts';
import { envoyFloor, isBelow, nginxFloor } from '../../gateway/floors.ts';
import type { GatewayStatus } from '../../gateway/status.ts';
import type { GatewayInput } from './gateway.ts';

const programs = [
  { name: 'nginx', floor: nginxFloor, image: 'gateway.image', of: (status: GatewayStatus) => status.nginxVersion },
  {
    name: 'Envoy',
    floor: envoyFloor,
    image: 'gateway.envoy.image',
    of: (status: GatewayStatus) => status.envoyVersion,
  },
];

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
  const reports = pods.flatMap(({ report }) => (report && 'status' in report ? [report.status] : []));
  const running = programs.map(({ of, ...program }) => {
    const versions = [...new Set(reports.flatMap((status) => of(status) ?? []))].sort();
    return { ...program, versions, old: versions.find((version) => isBelow(version, program.floor.version)) };
  });
  const outdated = running.flatMap(({ name, floor, image, old }) =>
    old === undefined
      ? []
      : `${name} ${old}, older than ${floor.version}, which closed ${floor.advisories.join(', ')}: take a newer ${image}`,
  );
  if (outdated.length > 0)
    return verdict(
      'False',
      'VersionOutdated',
      `the gateway runs ${outdated.join('; and ')}, or make sure that your distribution has patched it`,
    );
  if (reports.length === 0) return verdict('Unknown', 'NotReported', 'no gateway pod has reported yet');
  const all = running.filter(({ versions }) => versions.length > 0);
  const named = all.map(({ name, versions }) => `${name} ${versions.join(' and ')}`);
  return verdict('True', 'VersionsCurrent', `the gateway runs ${named.join(', and ')}`);
}
