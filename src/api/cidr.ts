import { isIPv4, isIPv6 } from 'node:net';

/**
 * Whether a text is a range of addresses as Kubernetes' CEL function isCIDR reads it: an address, a slash and the length of the
 * prefix, without zone, leading zeros or an IPv4 address dressed as an IPv6 one. Bits after the prefix do not matter.
 */
export function isCIDR(text: string): boolean {
  const [, address = '', length = ''] = /^([0-9A-Fa-f:.]+)[/](0|[1-9][0-9]{0,2})$/.exec(text) ?? [];
  if (isIPv4(address)) return Number(length) <= 32;
  return isIPv6(address) && Number(length) <= 128 && !isMapped(address);
}

/** ::ffff:10.0.0.1, in any of its spellings. */
const isMapped = (address: string): boolean =>
  /^\[::ffff:[0-9a-f]+:[0-9a-f]+\]$/.test(new URL(`http://[${address}]`).hostname);
