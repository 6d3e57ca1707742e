import { isIP } from 'node:net';
import type { Audience } from '@kept/access-policy';
import type { Caller } from '@kept/passport';
import type { CountryOf } from './country-database.ts';
import type { NetworkRule } from './read-rules.ts';

/** Somebody, as far as the rules ask who it is. */
export interface Visitor {
  readonly caller: Pick<Caller, 'kind' | 'organizationId'>;
  readonly audiences: readonly Audience[];
}

/**
 * The first rule that keeps somebody out, or undefined. Every rule that is for them must let them pass. An address or a
 * country that nobody knows is in no list: it passes a `deny` and does not pass an `allow`.
 */
export function refusingRule(
  rules: readonly NetworkRule[],
  address: string | null,
  { visitor, countryOf }: { visitor: Visitor | undefined; countryOf: CountryOf },
): NetworkRule | undefined {
  let country: string | null | undefined;
  const countryHere = () => (country ??= address !== null && isIP(address) !== 0 ? countryOf(address) : null);
  return rules.find((rule) => {
    if (!isFor(rule, visitor)) return false;
    if (isIn(rule.deny, address) || (rule.denyCountries && has(rule.denyCountries, countryHere())))
      return true;
    if (!rule.allow && !rule.allowCountries) return false;
    return !(isIn(rule.allow, address) || (rule.allowCountries && has(rule.allowCountries, countryHere())));
  });
}

/** Rules for everybody can be asked before it is known who comes; the others, and those with an exception, not. */
export const needsVisitor = (rule: NetworkRule) => rule.for !== undefined || rule.exceptEmergency;

function isFor(rule: NetworkRule, visitor: Visitor | undefined): boolean {
  if (!visitor) return !needsVisitor(rule);
  const { caller, audiences } = visitor;
  if (rule.exceptEmergency && audiences.includes('EMERGENCY')) return false;
  const { callers, audiences: named, organizations } = rule.for ?? {};
  return (
    (!callers || callers.some((kind) => kind === caller.kind)) &&
    (!named || named.some((audience) => audiences.includes(audience))) &&
    (!organizations || organizations.some((id) => id.toLowerCase() === caller.organizationId))
  );
}

function isIn(list: NetworkRule['allow'], address: string | null): boolean {
  const family = address === null ? 0 : isIP(address);
  return (
    list !== undefined &&
    address !== null &&
    family !== 0 &&
    list.check(address, family === 4 ? 'ipv4' : 'ipv6')
  );
}

const has = (countries: ReadonlySet<string>, country: string | null) =>
  country !== null && countries.has(country);
