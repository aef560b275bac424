import { isIPv6 } from 'node:net';

/**
 * Returns the network that counts as one client: an IPv4 address, or the /64 of an IPv6 address, since a site
 * gets at least a /64 (RFC 6177). An IPv4-mapped IPv6 address counts as IPv4 (RFC 4291, 2.5.5.2).
 *
 * @example
 * clientNetwork('2001:db8:1:2:3:4:5:6'); // '2001:db8:1:2::/64'
 * clientNetwork('::ffff:203.0.113.7'); // '203.0.113.7'
 */
export function clientNetwork(address: string): string {
  const [unzoned = ''] = address.split('%');
  if (!isIPv6(unzoned)) return address;
  const groups = groupsOf(unzoned);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return groups.slice(6).flatMap(bytesOf).join('.');
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const inHex = address.replace(/[\d.]+\.\d+$/, (dotted) => {
    const [a, b, c, d] = dotted.split('.').map(Number) as [number, number, number, number];
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [left = [], right = []] = inHex
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

const bytesOf = (group: number) => [group >> 8, group & 0xff];
