import ipaddr from 'ipaddr.js';

// The only IPv6 block from which addresses are given out for the internet (IANA, RFC 4291 §2.4).
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an IP address belongs to the public internet. Everything with a special purpose (IANA's registries: private,
 * loopback, link-local with the clouds' metadata, carrier-grade NAT, multicast, documentation, benchmarking, unique local,
 * and every form that carries an IPv4 address inside) does not.
 */
export function isPublicAddress(address: string): boolean {
  // A zone (`fe80::1%eth0`) only exists on links of our own.
  if (address.includes('%') || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST);
}

/** Whether an IP address is this machine. */
export function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}
