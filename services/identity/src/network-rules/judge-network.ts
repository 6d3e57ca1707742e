import { BlockList, isIP } from 'node:net';
import type { Role } from '@kept/passport';

/** A rule of an organization about where people of some roles may come from. */
export interface NetworkRule {
  readonly id: string;
  readonly name: string;
  /** MONITOR looks and writes down; ENFORCE keeps out. */
  readonly mode: 'MONITOR' | 'ENFORCE';
  readonly roles: readonly Role[];
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly allowCountries: readonly string[];
  readonly denyCountries: readonly string[];
}

/** Somebody who comes, as far as a rule asks. */
export interface Arrival {
  readonly roles: readonly Role[];
  readonly address: string | null;
  /** Null when nobody knows. */
  readonly country: string | null;
}

/**
 * The rules that do not let somebody pass. Every rule that is for them must. What nobody knows, an address or a country,
 * is in no list: it passes a `deny` and does not pass an `allow`.
 */
export function rulesAgainst(rules: readonly NetworkRule[], arrival: Arrival): NetworkRule[] {
  const { roles, address, country } = arrival;
  const named = (countries: readonly string[]) => country !== null && countries.includes(country);
  return rules.filter((rule) => {
    if (!rule.roles.some((role) => roles.includes(role))) return false;
    if (isIn(rule.deny, address) || named(rule.denyCountries)) return true;
    if (rule.allow.length === 0 && rule.allowCountries.length === 0) return false;
    return !isIn(rule.allow, address) && !named(rule.allowCountries);
  });
}

/** Whether an address lies in one of the networks; whatever is no address lies in none. */
export function isIn(networks: readonly string[], address: string | null): boolean {
  const family = address === null ? 0 : isIP(address);
  if (address === null || family === 0 || networks.length === 0) return false;
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', bits] = network.split('/');
    const of = isIP(base) === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(base, Number(bits ?? (of === 'ipv4' ? 32 : 128)), of);
  }
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Whether a text names a network: an address, or one with the length of its prefix and nothing behind it. */
export function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  // A zone (`%eth0`) is a matter of one machine.
  return family !== 0 && !address.includes('%') && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}
