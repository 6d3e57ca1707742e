import { accessRecordResolvers } from './access-records/resolvers.ts';
import { auditResolvers } from './audit/resolvers.ts';
import { consentResolvers } from './consent/resolvers.ts';
import { retentionResolvers } from './retention/resolvers.ts';
import { trainingResolvers } from './training/resolvers.ts';
import type { Resolvers } from './schema-types.ts';

/** Every resolver of this subgraph; each part brings its own. */
export const resolvers: Resolvers = {
  ...consentResolvers,
  ...auditResolvers,
  ...retentionResolvers,
  Query: {
    ...consentResolvers.Query,
    ...auditResolvers.Query,
    ...retentionResolvers.Query,
    ...accessRecordResolvers.Query,
    ...trainingResolvers.Query,
  },
  Mutation: { ...consentResolvers.Mutation, ...trainingResolvers.Mutation },
};
