import { refused } from '@kept/subgraph-kit';
import { pageSize } from '../audit/resolvers.ts';
import { inOrganization } from '../context.ts';
import type { Resolvers } from '../schema-types.ts';
import { cursorAfter, listAccessRecords, readCursor } from './list-access-records.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const accessRecordResolvers: Resolvers = {
  Query: {
    accessRecords: async (_parent, { first, after, dataSubjectId, actorId }, context) => {
      const limit = pageSize(first);
      const question = {
        limit,
        after: after == null ? null : readCursor(after),
        dataSubjectId: reference(dataSubjectId, 'dataSubjectId'),
        actorId: reference(actorId, 'actorId'),
      };
      const records = await inOrganization(context, (tx) => listAccessRecords(tx, question));
      return { records, endCursor: cursorAfter(records, limit) };
    },
    accessToMyData: async (_parent, { first, after }, context) => {
      const { kind, accountId } = context.caller;
      if (kind !== 'CLIENT' || accountId === null) throw refused.unauthenticated();
      const limit = pageSize(first);
      const question = {
        limit,
        after: after == null ? null : readCursor(after),
        dataSubjectId: accountId,
        actorId: null,
      };
      const records = await inOrganization(context, (tx) => listAccessRecords(tx, question));
      return {
        accesses: records.map((record) => ({ ...record, byYou: record.actorId === accountId })),
        endCursor: cursorAfter(records, limit),
      };
    },
  },
};

function reference(id: string | null | undefined, field: string): string | null {
  if (id == null) return null;
  if (!UUID.test(id)) throw refused.badInput('This is not an id.', { field });
  return id.toLowerCase();
}
