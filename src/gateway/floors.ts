/** The oldest version of a program without the holes named here, and where they are told of: docs/gateways.md. */
export interface Floor {
  readonly version: string;
  readonly advisories: readonly string[];
}

export const nginxFloor: Floor = {
  version: '1.30.7',
  advisories: ['CVE-2026-42945', 'CVE-2026-9256', 'CVE-2026-42533', 'CVE-2026-60005'],
};

export const envoyFloor: Floor = {
  version: '1.38.4',
  advisories: ['CVE-2026-73548', 'CVE-2026-73553', 'CVE-2026-73511', 'CVE-2026-73551'],
};

/**
 * Whether a version as a program prints it (`1.30.7`, `1.22.1 (Debian)`) is lower than a floor. A text that is no version is not:
 * nothing is known of it.
 */
export function isBelow(version: string, floor: string): boolean {
  const [have, least] = [numbers(version), numbers(floor)];
  if (have === undefined || least === undefined) return false;
  const at = have.findIndex((number, index) => number !== least[index]);
  return at >= 0 && (have[at] ?? 0) < (least[at] ?? 0);
}

function numbers(version: string): number[] | undefined {
  return /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
}
