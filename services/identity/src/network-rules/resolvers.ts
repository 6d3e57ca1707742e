import { organizationOf } from '../identity.ts';
import type { Resolvers } from '../schema-types.ts';
import { makeNetworkPasses, useNetworkPass } from './network-pass.ts';
import { rulesInForce, type StoredRule } from './read-rules.ts';
import { endNetworkRule, setNetworkRule } from './set-network-rule.ts';

const CODE_REFUSED = 'That code is not right, was used already or is too old.';

const present = (rule: StoredRule) => ({
  ...rule,
  roles: [...rule.roles],
  allow: [...rule.allow],
  deny: [...rule.deny],
  allowCountries: [...rule.allowCountries],
  denyCountries: [...rule.denyCountries],
});

export const networkResolvers = {
  Query: {
    networkRules: async (_parent, _arguments, { identity, caller }) =>
      (await identity.database.transaction(organizationOf(caller), rulesInForce)).map(present),
  },
  Mutation: {
    setNetworkRule: async (_parent, { input }, { identity, caller }) => {
      const rule = {
        ...input,
        allow: input.allow ?? [],
        deny: input.deny ?? [],
        allowCountries: input.allowCountries ?? [],
        denyCountries: input.denyCountries ?? [],
      };
      return present(await setNetworkRule(identity, { caller, rule }));
    },
    endNetworkRule: async (_parent, { id }, { identity, caller }) => ({
      id,
      endedAt: await endNetworkRule(identity, { caller, id }),
    }),
    makeNetworkPasses: (_parent, { count }, { identity, caller }) =>
      makeNetworkPasses(identity, { caller, count }),
    useNetworkPass: async (_parent, { code }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const until = await useNetworkPass(identity, { caller, code });
      return until
        ? { __typename: 'NetworkPassOpened', until }
        : { __typename: 'CodeRefused', message: CODE_REFUSED };
    },
  },
} satisfies Resolvers;
