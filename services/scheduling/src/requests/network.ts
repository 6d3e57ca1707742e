import { isIP } from 'node:net';

/**
 * What counts as one asker: an IPv4 address, or the /64 of an IPv6 one, of which every household and every rented machine
 * has 2^64 addresses. The gateway has settled which address a request came from and hands it on in the passport; it is
 * counted under a keyed hash and never stored. Undefined for what is no address.
 */
export function networkOf(address: string | null): string | undefined {
  const bare = (address ?? '').split('%', 1)[0] ?? '';
  if (isIP(bare) === 4) return bare;
  if (isIP(bare) !== 6) return undefined;
  // The URL parser writes every form of an address in one (RFC 5952), dotted tails as groups.
  const groups = expand(new URL(`http://[${bare}]`).hostname.slice(1, -1));
  // ::ffff:a.b.c.d is an IPv4 caller seen through an IPv6 socket (RFC 4291 §2.5.5.2).
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.');
  const prefix = groups.slice(0, 4).map((group) => group.toString(16));
  return `${prefix.join(':')}::/64`;
}

function expand(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const before = groupsIn(head);
  if (tail === undefined) return before;
  const after = groupsIn(tail);
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

const groupsIn = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
