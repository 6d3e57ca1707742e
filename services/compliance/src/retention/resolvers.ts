import { inventory } from '@kept/personal-data';
import { readNewestOf } from '../audit/read-entries.ts';
import { pageSize } from '../audit/resolvers.ts';
import { inOrganization } from '../context.ts';
import { complianceDeclarations } from '../database.ts';
import type { Resolvers } from '../schema-types.ts';
import { RETENTION_PURGED } from './purge-expired.job.ts';

const ownInventory = inventory(complianceDeclarations, 'compliance');

export const retentionResolvers: Resolvers = {
  Query: {
    retentionRuns: async (_parent, { first }, context) => {
      const limit = pageSize(first);
      const entries = await inOrganization(context, (tx) =>
        readNewestOf(tx, { action: RETENTION_PURGED, limit }),
      );
      return entries.map(({ id, service, details, occurredAt }) => {
        const said = Object.fromEntries(details.map(({ name, value }) => [name, value]));
        return {
          id,
          service,
          table: said['table'] ?? '',
          rule: said['rule'] ?? '',
          removed: Number(said['count'] ?? 0),
          ranAt: occurredAt,
        };
      });
    },
    dataInventory: () =>
      ownInventory.map(({ retention, ...entry }) => ({
        ...entry,
        purposes: [...entry.purposes],
        period: retention?.period ?? null,
        then: retention?.then ?? null,
      })),
  },
};
