import { mayRead } from '@kept/access-policy';
import { invariant, refused } from '@kept/subgraph-kit';
import type { IdentityContext } from '../context.ts';
import { listFactors } from '../factors/list-factors.ts';
import { listPasskeys } from '../factors/passkeys/passkey.ts';
import { readOrganization } from '../organizations/read-organization.ts';
import type { Resolvers } from '../schema-types.ts';
import type { Viewer } from '../sessions/grant-tokens.ts';
import { listDevices, listSessions } from '../sessions/list-sessions.ts';
import { confirmAddress } from './confirm-address.ts';
import type { AccountKind } from './account.ts';
import { languageOf, setPreferredLanguage } from './preferred-language.ts';
import { readPeople, type Person } from './read-people.ts';
import { signUp } from './sign-up.ts';

/** What to do when a mailed code was refused; the same for everybody. */
export const CODE_REFUSED = 'That code is not right, was used already or is too old. Ask for a new one.';

/** The person behind an id in the caller's own organization, when they are of this kind. */
async function ofKind({ person }: IdentityContext, id: string, kind: AccountKind): Promise<Person | null> {
  const found = await person(id);
  return found?.kind === kind ? found : null;
}

/** The person who has just signed in or asks: read in their own organization, which an anonymous request may not name. */
async function self({ identity, caller, person }: IdentityContext, viewer: Viewer): Promise<Person | null> {
  if (caller.organizationId === viewer.organizationId) return (await person(viewer.accountId)) ?? null;
  const people = await readPeople(identity, viewer.organizationId, [viewer.accountId]);
  return people.get(viewer.accountId) ?? null;
}

export const accountResolvers = {
  Query: {
    viewer: (_parent, _arguments, { caller }) => {
      if (caller.accountId === null || caller.organizationId === null || caller.sessionId === null)
        return null;
      // A program is nobody who views.
      if (caller.kind === 'SERVICE') return null;
      invariant(
        caller.kind === 'CLIENT' || caller.kind === 'STAFF',
        'who has an account is a client or staff',
      );
      return {
        accountId: caller.accountId,
        organizationId: caller.organizationId,
        kind: caller.kind,
        roles: caller.roles,
        secondFactor: caller.secondFactor,
        sessionId: caller.sessionId,
      };
    },
    client: async (_parent, { id }, context) => {
      const client = await ofKind(context, id, 'CLIENT');
      // Not there, of another organization, or not for this caller: the same answer (A44).
      if (!client || !mayRead(context.ability, 'Client', client)) throw refused.notFound('client');
      return client;
    },
  },
  Mutation: {
    signUp: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const outcome = await signUp(identity, { caller, input });
      return 'flow' in outcome
        ? { __typename: 'SignUpAccepted', ...outcome }
        : { __typename: 'PasswordRefused', ...outcome };
    },
    setPreferredLanguage: (_parent, { language }, { identity, caller }) =>
      setPreferredLanguage(identity, { caller, language }),
    confirmAddress: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const confirmed = await confirmAddress(identity, { caller, input });
      return confirmed
        ? { __typename: 'AddressConfirmed', ...confirmed }
        : { __typename: 'CodeRefused', message: CODE_REFUSED };
    },
  },
  Viewer: {
    id: ({ accountId }) => accountId,
    preferredLanguage: (viewer, _arguments, { identity }) => languageOf(identity, viewer),
    roles: ({ roles }) => [...roles],
    organization: async ({ organizationId }, _arguments, { identity }) => {
      const organization = await readOrganization(identity, organizationId);
      invariant(organization, 'an account belongs to an organization that exists');
      return organization;
    },
    client: (viewer, _arguments, context) => (viewer.kind === 'CLIENT' ? self(context, viewer) : null),
    staffMember: (viewer, _arguments, context) => (viewer.kind === 'STAFF' ? self(context, viewer) : null),
    sessions: ({ organizationId, accountId }, _arguments, { identity, clock }) =>
      identity.database.transaction(organizationId, (tx) =>
        listSessions(identity, tx, { accountId, now: clock() }),
      ),
    devices: ({ organizationId, accountId }, _arguments, { identity, clock }) =>
      identity.database.transaction(organizationId, (tx) =>
        listDevices(identity, tx, { accountId, now: clock() }),
      ),
    factors: ({ organizationId, accountId }, _arguments, { identity }) =>
      identity.database.transaction(organizationId, async (tx) => [
        ...(await listFactors(tx, accountId)),
        ...(await listPasskeys(identity, tx, accountId)),
      ]),
  },
  Client: {
    __resolveReference: ({ id }, context) => ofKind(context, id, 'CLIENT'),
  },
  StaffMember: {
    __resolveReference: ({ id }, context) => ofKind(context, id, 'STAFF'),
    displayName: ({ displayName }) => displayName ?? 'Former member of staff',
    roles: ({ roles }) => [...roles],
  },
} satisfies Resolvers;
