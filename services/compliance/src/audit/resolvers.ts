import { invariant, refused } from '@kept/subgraph-kit';
import { inOrganization } from '../context.ts';
import type { Resolvers } from '../schema-types.ts';
import { originOfNote } from './checkpoint.ts';
import { latestCheckpoint, proveEntry } from './prove-entry.ts';
import { readEntries } from './read-entries.ts';
import { verifierKey } from './signed-note.ts';
import { formatProof } from './tlog-proof.ts';

const ENTRIES_MAX = 200;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const auditResolvers: Resolvers = {
  Query: {
    auditEntries: async (_parent, { first, after, actorKind, actorId }, context) => {
      const limit = pageSize(first);
      const from = after == null ? 0 : sequenceAfter(after);
      const entries = await inOrganization(context, (tx) =>
        readEntries(tx, { from, limit, by: { kind: actorKind ?? null, id: actorId ?? null } }),
      );
      const last = entries.at(-1);
      return {
        entries,
        endCursor: last === undefined || entries.length < limit ? null : String(last.sequence),
      };
    },
    checkpoint: (_parent, _args, context) => inOrganization(context, latestCheckpoint),
    inclusionProof: async (_parent, { entryId }, context) => {
      if (!UUID.test(entryId)) return null;
      const found = await inOrganization(context, (tx) => proveEntry(tx, entryId));
      if (found === null) return null;
      return {
        sequence: found.sequence,
        entry: found.entry,
        leafHash: found.leaf.toString('base64'),
        hashes: found.proof.map((hash) => hash.toString('base64')),
        checkpoint: found.checkpoint,
        file: formatProof(found),
      };
    },
  },
  Checkpoint: {
    origin: ({ note }) => originOf(note),
    treeSize: ({ size }) => size,
    rootHash: ({ root }) => root.toString('base64'),
    verifierKey: ({ note }, _args, { publicKey }) => verifierKey(originOf(note), publicKey),
  },
};

/** How many rows a list answers; asking for more than there is room for is a mistake worth saying. */
export function pageSize(first: number): number {
  if (first < 1 || first > ENTRIES_MAX)
    throw refused.badInput(`Ask for 1 to ${ENTRIES_MAX} at a time.`, { field: 'first' });
  return first;
}

function sequenceAfter(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor))
    throw refused.badInput('This is not a cursor of this list.', { field: 'after' });
  return Number(cursor) + 1;
}

function originOf(note: string): string {
  const origin = originOfNote(note);
  invariant(origin !== null, 'checkpoints are stored as they were signed');
  return origin;
}
