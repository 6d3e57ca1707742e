import { isIPv4, isIPv6 } from 'node:net';

/** The networks that one address is counted in, the narrowest first. */
export type Networks = readonly [own: string, wider?: string];

/**
 * Who is counted together with an address. An IPv4 address alone; an IPv6 address with its /64, the least that anybody is
 * given (RFC 6177), and with its /48, the most that one customer usually has: counting single addresses would give every
 * visitor 2^64 of them. IPv4 addresses inside IPv6 ones (mapped, and NAT64 of RFC 6052, where one /64 is all of the old
 * internet) count as what they are.
 */
export function networksOf(address: string | null): Networks {
  if (address === null) return ['unknown'];
  if (isIPv4(address)) return [address];
  const bare = address.replace(/%.*$/, '');
  if (!isIPv6(bare)) return ['unknown'];
  const groups = groupsOf(bare);
  const inside = embeddedIpv4(groups);
  if (inside) return [inside];
  const prefix = (count: number) =>
    groups
      .slice(0, count)
      .map((group) => group.toString(16))
      .join(':');
  return [`${prefix(4)}::/64`, `${prefix(3)}::/48`];
}

function groupsOf(address: string): number[] {
  // The last 32 bits may be written as an IPv4 address.
  const [, head = address, dotted] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address) ?? [];
  const tail = dotted?.split('.').map(Number);
  const hex = tail
    ? `${head}${((tail[0] ?? 0) * 256 + (tail[1] ?? 0)).toString(16)}:${((tail[2] ?? 0) * 256 + (tail[3] ?? 0)).toString(16)}`
    : address;
  const [left = '', right] = hex.split('::');
  const read = (text: string) => text.split(':').flatMap((part) => (part === '' ? [] : [parseInt(part, 16)]));
  const before = read(left);
  const after = right === undefined ? [] : read(right);
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function embeddedIpv4(groups: readonly number[]): string | undefined {
  const [first, second, third, fourth, fifth, sixth, high = 0, low = 0] = groups;
  const zeros = [third, fourth, fifth].every((group) => group === 0);
  const mapped = zeros && first === 0 && second === 0 && sixth === 0xffff;
  const translated = zeros && first === 0x64 && second === 0xff9b && sixth === 0;
  if (!mapped && !translated) return undefined;
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
