import type { IdentityContext } from '../context.ts';
import { refused } from '@kept/subgraph-kit';
import { organizationOf } from '../identity.ts';
import type { Resolvers } from '../schema-types.ts';
import { readDormancyPolicy, setDormancyPolicy } from './dormant/dormancy-policy.ts';
import { cancelOffboarding, offboardStaff } from './offboarding/offboard-staff.ts';
import { readOffboardings, writeCertificate } from './offboarding/offboarding.ts';
import { createServiceAccount, setServiceOwner } from './service-accounts/create-service-account.ts';
import { issueServiceToken } from './service-accounts/issue-service-token.ts';
import { createServiceKey, listServiceKeys, revokeServiceKey } from './service-accounts/service-key.ts';
import { listStaffAccounts } from './staff/staff-account.ts';
import { readId } from './stepped-up.ts';
import {
  decideTimeBoxedRole,
  endTimeBoxedRole,
  listTimeBoxedRoles,
  requestTimeBoxedRole,
} from './time-boxed-roles/time-boxed-role.ts';

const PAGE_MAX = 100;
// The schema's own default; the generated types do not know of it.
const QUARTER_DAYS = 90;

const member = async ({ person }: IdentityContext, id: string | null) =>
  id === null ? null : ((await person(id)) ?? null);

/** How access ends, and access that is not a person's. */
export const accessResolvers = {
  Query: {
    offboardings: (_parent, { first }, { identity, caller }) => {
      if (first < 1 || first > PAGE_MAX)
        throw refused.badInput(`Ask for 1 to ${PAGE_MAX} at a time.`, { field: 'first' });
      return identity.database.transaction(organizationOf(caller), (tx) =>
        readOffboardings(identity, tx, { first }),
      );
    },
    dormantAccounts: (_parent, _arguments, { identity, caller }) =>
      identity.database.transaction(organizationOf(caller), (tx) =>
        listStaffAccounts(identity, tx, { dormantOnly: true, places: caller.locations, first: PAGE_MAX }),
      ),
    dormancyPolicy: (_parent, _arguments, { identity, caller }) =>
      identity.database.transaction(organizationOf(caller), readDormancyPolicy),
    timeBoxedRoles: (_parent, _arguments, { identity, caller }) => {
      const oversees = caller.roles.some((role) => role === 'MANAGER' || role === 'COMPLIANCE');
      const accountId = oversees ? null : caller.accountId;
      return identity.database.transaction(organizationOf(caller), (tx) =>
        listTimeBoxedRoles(identity, tx, { accountId, caller }),
      );
    },
    serviceKeys: (_parent, { serviceAccountId }, { identity, caller }) =>
      identity.database.transaction(organizationOf(caller), (tx) =>
        listServiceKeys(tx, readId(serviceAccountId, 'program')),
      ),
  },
  Mutation: {
    offboardStaff: (_parent, { input }, { identity, caller }) => offboardStaff(identity, { caller, input }),
    cancelOffboarding: (_parent, { id }, { identity, caller }) => cancelOffboarding(identity, { caller, id }),
    setDormancyPolicy: (_parent, days, { identity, caller }) =>
      setDormancyPolicy(identity, { caller, ...days }),
    requestTimeBoxedRole: (_parent, { input }, { identity, caller }) =>
      requestTimeBoxedRole(identity, { caller, input }),
    decideTimeBoxedRole: (_parent, { id, approve }, { identity, caller }) =>
      decideTimeBoxedRole(identity, { caller, id, approve }),
    endTimeBoxedRole: (_parent, { id }, { identity, caller }) => endTimeBoxedRole(identity, { caller, id }),
    createServiceAccount: (_parent, { input }, { identity, caller }) =>
      createServiceAccount(identity, { caller, input }),
    setServiceOwner: (_parent, { id, ownerId }, { identity, caller }) =>
      setServiceOwner(identity, { caller, id, ownerId }),
    createServiceKey: (_parent, { input }, { identity, caller }) =>
      createServiceKey(identity, { caller, input: { ...input, days: input.days ?? QUARTER_DAYS } }),
    revokeServiceKey: (_parent, { id }, { identity, caller }) => revokeServiceKey(identity, { caller, id }),
    serviceTokenIssue: async (_parent, { key }, { identity, caller, countAuthentication }) => {
      countAuthentication();
      const outcome = await issueServiceToken(identity, { caller, key });
      return 'refused' in outcome
        ? { __typename: 'ServiceKeyRefused', message: outcome.refused }
        : { __typename: 'ServiceTokenIssued', ...outcome };
    },
  },
  Offboarding: {
    staffMember: ({ staffMemberId }, _arguments, context) => member(context, staffMemberId),
    askedBy: ({ askedBy }, _arguments, context) => member(context, askedBy),
    certificate: (offboarding) => {
      const { completedAt } = offboarding;
      if (completedAt === null) return null;
      const { text, sha256 } = writeCertificate({ ...offboarding, completedAt });
      return { text, sha256: sha256.toString('hex'), completedAt };
    },
  },
  OffboardingAnswer: {
    counts: ({ counts }) =>
      Object.entries(counts)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([what, count]) => ({ what, count })),
  },
  DormancyPolicy: {
    setBy: ({ setBy }, _arguments, context) => member(context, setBy),
  },
  TimeBoxedRole: {
    staffMember: ({ accountId }, _arguments, context) => member(context, accountId),
    decidedBy: ({ decidedBy }, _arguments, context) => member(context, decidedBy),
  },
} satisfies Resolvers;
