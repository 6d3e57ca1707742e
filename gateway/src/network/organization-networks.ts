import { isIP, type BlockList } from 'node:net';
import { ROLES, type Caller } from '@kept/passport';
import { z } from 'zod';
import { refusingRule } from './network-rules.ts';
import type { CountryOf } from './country-database.ts';
import { blockListOf, type NetworkRule } from './read-rules.ts';

const texts = z.array(z.string().max(64)).max(200);

/** What identity's feed says of one organization: all its rules, and the networks that a break-glass code has opened. */
export const networkLine = z.object({
  type: z.literal('network'),
  organization: z.uuid(),
  rules: z.array(
    z.object({
      id: z.uuid(),
      mode: z.enum(['MONITOR', 'ENFORCE']),
      roles: z.array(z.enum(ROLES)),
      allow: texts,
      deny: texts,
      allowCountries: texts,
      denyCountries: texts,
    }),
  ),
  passes: z.array(z.object({ network: z.string().max(64), until: z.coerce.date() })),
});
type NetworkLine = z.infer<typeof networkLine>;

interface ReadRule extends NetworkRule {
  readonly mode: 'MONITOR' | 'ENFORCE';
}
interface OfOrganization {
  readonly rules: readonly ReadRule[];
  readonly passes: readonly { readonly networks: BlockList; readonly until: Date }[];
}

/** A rule of an organization that somebody does not pass. */
export interface Refusal {
  readonly ruleId: string;
  readonly enforced: boolean;
}

/** Where the people of each organization may come from, as identity says it. A look is a look into memory. */
export class OrganizationNetworks {
  readonly #byOrganization = new Map<string, OfOrganization>();

  /** Takes in all that holds for one organization from now on. */
  apply({ organization, rules, passes }: NetworkLine): void {
    if (rules.length === 0) {
      this.#byOrganization.delete(organization);
      return;
    }
    this.#byOrganization.set(organization, {
      rules: rules.map(readRule),
      passes: passes.map(({ network, until }) => ({ networks: blockListOf([network]), until })),
    });
  }

  /** The rule that speaks against somebody who is signed in; an enforced one first. Undefined when none does. */
  against(
    caller: Pick<Caller, 'kind' | 'organizationId' | 'roles' | 'networkAddress'>,
    { countryOf, now }: { countryOf: CountryOf; now: Date },
  ): Refusal | undefined {
    const { kind, organizationId, roles, networkAddress } = caller;
    const held = organizationId === null ? undefined : this.#byOrganization.get(organizationId);
    // Who has not signed in has no role yet: identity asks again before there is a session.
    if (!held || kind === 'ANONYMOUS') return undefined;
    const against = (mode: ReadRule['mode']) => {
      const rules = held.rules.filter((rule) => rule.mode === mode);
      const visitor = { caller: { kind, organizationId }, audiences: roles };
      return refusingRule(rules, networkAddress, { visitor, countryOf });
    };
    const enforced = against('ENFORCE');
    if (enforced && !isOpen(held, networkAddress, now)) return { ruleId: enforced.name, enforced: true };
    const monitored = enforced ?? against('MONITOR');
    return monitored && { ruleId: monitored.name, enforced: false };
  }
}

function readRule({ id, mode, roles, ...lists }: NetworkLine['rules'][number]): ReadRule {
  const listOf = (networks: readonly string[]) => (networks.length > 0 ? blockListOf(networks) : undefined);
  const setOf = (countries: readonly string[]) => (countries.length > 0 ? new Set(countries) : undefined);
  return {
    name: id,
    mode,
    for: { audiences: roles },
    allow: listOf(lists.allow),
    deny: listOf(lists.deny),
    allowCountries: setOf(lists.allowCountries),
    denyCountries: setOf(lists.denyCountries),
    exceptEmergency: false,
  };
}

function isOpen({ passes }: OfOrganization, address: string | null, now: Date): boolean {
  const family = address === null ? 0 : isIP(address);
  if (address === null || family === 0) return false;
  return passes.some(
    ({ networks, until }) => until > now && networks.check(address, family === 4 ? 'ipv4' : 'ipv6'),
  );
}
