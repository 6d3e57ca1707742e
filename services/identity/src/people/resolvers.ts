import { refused } from '@kept/subgraph-kit';
import type { IdentityContext } from '../context.ts';
import { organizationOf } from '../identity.ts';
import type { Resolvers } from '../schema-types.ts';
import { acceptInvitation } from './invitations/accept-invitation.ts';
import { inviteStaff, resendInvitation, withdrawInvitation } from './invitations/invite-staff.ts';
import { readInvitations } from './invitations/invitation.ts';
import { changeStaffRoles, reinstateStaff, suspendStaff } from './staff/change-staff.ts';
import { listStaffAccounts } from './staff/staff-account.ts';
import { readId } from './stepped-up.ts';
import { setVendorTerms } from './vendors/vendor-terms.ts';

const PAGE_MAX = 100;

/** Somebody on the staff, or null when they have no account any more. */
const member = async ({ person }: IdentityContext, id: string | null) =>
  id === null ? null : ((await person(id)) ?? null);

export const staffResolvers = {
  Query: {
    staffInvitations: (_parent, _arguments, { identity, caller }) =>
      identity.database.transaction(organizationOf(caller), (tx) =>
        readInvitations(identity, tx, { places: caller.locations }),
      ),
    staffAccounts: async (_parent, { first, after, states, vendorsOnly }, { identity, caller }) => {
      if (first < 1 || first > PAGE_MAX)
        throw refused.badInput(`Ask for 1 to ${PAGE_MAX} at a time.`, { field: 'first' });
      const filter = {
        first,
        places: caller.locations,
        states: states ?? undefined,
        vendorsOnly,
        after: after == null ? undefined : readId(after, 'page'),
      };
      const accounts = await identity.database.transaction(organizationOf(caller), (tx) =>
        listStaffAccounts(identity, tx, filter),
      );
      return { accounts, endCursor: accounts.length < first ? null : (accounts.at(-1)?.id ?? null) };
    },
  },
  Mutation: {
    inviteStaff: (_parent, { input }, { identity, caller }) => inviteStaff(identity, { caller, input }),
    resendInvitation: (_parent, { id }, { identity, caller }) => resendInvitation(identity, { caller, id }),
    withdrawInvitation: (_parent, { id }, { identity, caller }) =>
      withdrawInvitation(identity, { caller, id }),
    acceptInvitation: async (_parent, { input }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const outcome = await acceptInvitation(identity, { caller, input });
      if ('staffMemberId' in outcome) return { __typename: 'InvitationAccepted', ...outcome };
      return 'reasons' in outcome
        ? { __typename: 'PasswordRefused', ...outcome }
        : { __typename: 'InvitationRefused', message: outcome.refused };
    },
    changeStaffRoles: (_parent, { input }, { identity, caller }) =>
      changeStaffRoles(identity, { caller, input }),
    suspendStaff: (_parent, { id, because }, { identity, caller }) =>
      suspendStaff(identity, { caller, id, because }),
    reinstateStaff: (_parent, { id }, { identity, caller }) => reinstateStaff(identity, { caller, id }),
    setVendorTerms: (_parent, { id, terms }, { identity, caller }) =>
      setVendorTerms(identity, { caller, id, terms }),
  },
  StaffInvitation: {
    invitedBy: ({ invitedBy }, _arguments, context) => member(context, invitedBy),
  },
  StaffAccount: {
    staffMember: ({ id, kind, state }, _arguments, context) =>
      kind === 'STAFF' && state !== 'PENDING' ? member(context, id) : null,
    sponsor: ({ sponsorId }, _arguments, context) => member(context, sponsorId),
    owner: ({ ownerId }, _arguments, context) => member(context, ownerId),
  },
  RoleGrant: {
    grantedBy: ({ grantedBy }, _arguments, context) => member(context, grantedBy),
  },
} satisfies Resolvers;
