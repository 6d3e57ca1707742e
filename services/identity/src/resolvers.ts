import { accountResolvers } from './accounts/resolvers.ts';
import { campaignResolvers } from './campaigns/resolvers.ts';
import { contactChangeResolvers } from './contact-change/resolvers.ts';
import { controlResolvers } from './control/resolvers.ts';
import { detectionResolvers } from './detection/resolvers.ts';
import { emergencyAccessResolvers } from './emergency-access/resolvers.ts';
import { factorChangeResolvers } from './factors/changes/resolvers.ts';
import { factorResolvers } from './factors/resolvers.ts';
import { guestResolvers } from './guests/resolvers.ts';
import { guardianshipResolvers } from './guardianship/resolvers.ts';
import { keyResolvers } from './keys/resolvers.ts';
import { lockoutResolvers } from './lockout/resolvers.ts';
import { messageResolvers } from './messages/resolvers.ts';
import { networkResolvers } from './network-rules/resolvers.ts';
import { noticeResolvers } from './notices/resolvers.ts';
import { nudgeResolvers } from './nudges/resolvers.ts';
import { organizationResolvers } from './organizations/resolvers.ts';
import { riskResolvers } from './risk/resolvers.ts';
import { accessResolvers } from './people/access-resolvers.ts';
import { staffResolvers } from './people/resolvers.ts';
import { passwordResolvers } from './password-change/resolvers.ts';
import { codeFactorResolvers } from './factors/code-factor-resolvers.ts';
import { passkeyResolvers } from './factors/passkeys/resolvers.ts';
import type { Resolvers } from './schema-types.ts';
import { sessionResolvers } from './sessions/resolvers.ts';
import { signInResolvers } from './sign-in/resolvers.ts';

/** Every resolver of the subgraph, from the folder of its idea. */
export const resolvers: Resolvers = {
  ...accountResolvers,
  ...controlResolvers,
  ...emergencyAccessResolvers,
  ...factorResolvers,
  ...guardianshipResolvers,
  ...guestResolvers,
  ...organizationResolvers,
  ...passwordResolvers,
  ...sessionResolvers,
  ...staffResolvers,
  ...accessResolvers,
  ...signInResolvers,
  Viewer: { ...accountResolvers.Viewer, ...nudgeResolvers.Viewer, ...guardianshipResolvers.Viewer },
  Client: { ...accountResolvers.Client, ...guardianshipResolvers.Client },
  Query: {
    ...accountResolvers.Query,
    ...campaignResolvers.Query,
    ...controlResolvers.Query,
    ...emergencyAccessResolvers.Query,
    ...detectionResolvers.Query,
    ...lockoutResolvers.Query,
    ...messageResolvers.Query,
    ...networkResolvers.Query,
    ...noticeResolvers.Query,
    ...organizationResolvers.Query,
    ...staffResolvers.Query,
    ...accessResolvers.Query,
    ...riskResolvers.Query,
    ...passwordResolvers.Query,
    ...sessionResolvers.Query,
  },
  Mutation: {
    ...accountResolvers.Mutation,
    ...campaignResolvers.Mutation,
    ...contactChangeResolvers.Mutation,
    ...controlResolvers.Mutation,
    ...emergencyAccessResolvers.Mutation,
    ...factorChangeResolvers.Mutation,
    ...factorResolvers.Mutation,
    ...guardianshipResolvers.Mutation,
    ...guestResolvers.Mutation,
    ...lockoutResolvers.Mutation,
    ...networkResolvers.Mutation,
    ...noticeResolvers.Mutation,
    ...nudgeResolvers.Mutation,
    ...organizationResolvers.Mutation,
    ...riskResolvers.Mutation,
    ...codeFactorResolvers.Mutation,
    ...keyResolvers.Mutation,
    ...passkeyResolvers.Mutation,
    ...passwordResolvers.Mutation,
    ...sessionResolvers.Mutation,
    ...signInResolvers.Mutation,
    ...staffResolvers.Mutation,
    ...accessResolvers.Mutation,
  },
};
