import { refused } from '@kept/subgraph-kit';
import { organizationOf } from '../identity.ts';
import type { Resolvers } from '../schema-types.ts';
import { listAlerts } from './list-alerts.ts';

const FIRST_MAX = 100;

export const detectionResolvers = {
  Query: {
    securityAlerts: (_parent, { first, since }, { identity, caller }) => {
      if (first < 1 || first > FIRST_MAX)
        throw refused.badInput(`Ask for 1 to ${FIRST_MAX} at a time.`, { field: 'first' });
      return identity.database.transaction(organizationOf(caller), (tx) =>
        listAlerts(tx, { first, since: since ?? null }),
      );
    },
  },
} satisfies Resolvers;
