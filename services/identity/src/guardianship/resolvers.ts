import type { IdentityContext } from '../context.ts';
import type { Resolvers } from '../schema-types.ts';
import { acceptOwnAccount } from './accept-own-account.ts';
import { beginGuardianship } from './begin-guardianship.ts';
import { confirmGuardianship } from './confirm-guardianship.ts';
import { endGuardianship } from './end-guardianship.ts';
import { readGuardianships } from './guardianship.ts';
import { offerOwnAccount } from './offer-own-account.ts';

const known = async ({ person }: IdentityContext, id: string | null) =>
  id === null ? null : ((await person(id)) ?? null);

export const guardianshipResolvers = {
  Mutation: {
    beginGuardianship: (_parent, { input }, { identity, caller }) =>
      beginGuardianship(identity, { caller, input }),
    confirmGuardianship: (_parent, { input }, { identity, caller }) =>
      confirmGuardianship(identity, { caller, input }),
    endGuardianship: (_parent, { input }, { identity, caller }) =>
      endGuardianship(identity, { caller, input }),
    offerOwnAccount: (_parent, { input }, { identity, caller }) =>
      offerOwnAccount(identity, { caller, input }),
    acceptOwnAccount: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const outcome = await acceptOwnAccount(identity, { caller, input });
      if ('clientId' in outcome) return { __typename: 'OwnAccountTaken', ...outcome };
      return 'reasons' in outcome
        ? { __typename: 'PasswordRefused', ...outcome }
        : { __typename: 'OwnAccountRefused', message: outcome.refused };
    },
  },
  Viewer: {
    guardianOf: ({ organizationId, accountId, kind }, _arguments, { identity, clock }) =>
      kind === 'CLIENT'
        ? identity.database.transaction(organizationId, (tx) =>
            readGuardianships(identity, tx, { guardianId: accountId, now: clock() }),
          )
        : [],
  },
  Client: {
    guardians: ({ id, organizationId }, _arguments, { identity, clock }) =>
      identity.database.transaction(organizationId, (tx) =>
        readGuardianships(identity, tx, { dependantId: id, now: clock() }),
      ),
  },
  Guardianship: {
    guardian: ({ guardianId }, _arguments, context) => known(context, guardianId),
    dependant: ({ dependantId }, _arguments, context) => known(context, dependantId),
    confirmedBy: ({ confirmedBy }, _arguments, context) => known(context, confirmedBy),
  },
} satisfies Resolvers;
