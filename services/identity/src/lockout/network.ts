import { isIP } from 'node:net';

/**
 * The network an address counts for: an IPv4 address itself, of IPv6 the /64 that one customer commands (A11).
 * Upper case, zeros left out and IPv4 in IPv6 clothes all come to the same text; undefined when it is no address.
 */
export function networkOf(address: string | null): string | undefined {
  const bare = (address ?? '').split('%', 1)[0] ?? '';
  if (isIP(bare) === 4) return bare;
  if (isIP(bare) !== 6) return undefined;
  const groups = groupsOf(bare);
  // ::ffff:a.b.c.d is an IPv4 caller seen through an IPv6 socket (RFC 4291 §2.5.5.2).
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return [groups[6] ?? 0, groups[7] ?? 0].flatMap((group) => [group >> 8, group & 0xff]).join('.');
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** What one provider's customer or one rented rack commands at most: the /24 of an IPv4 address, the /48 of an IPv6 one. */
export function prefixOf(address: string | null): string | undefined {
  const network = networkOf(address);
  if (network === undefined) return undefined;
  if (isIP(network) === 4) return `${network.split('.').slice(0, 3).join('.')}.0/24`;
  return `${network.split(':').slice(0, 3).join(':')}::/48`;
}

function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const before = groupsIn(head);
  if (tail === undefined) return before;
  const after = groupsIn(tail);
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function groupsIn(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
