import { openBatchLoader } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import type { Resolvers } from '../schema-types.ts';
import { listNoteKeys, registerNoteKey, revokeNoteKey } from './note-keys.ts';
import { putSealedNote } from './put-sealed-note.ts';
import { readNotes, readRecipients, type Members } from './read-notes.ts';

const keyOf = ({ id }: Members): string => id;
const openNoteLoaders = (context: SchedulingContext) => ({
  recipients: openBatchLoader(keyOf, (bookings: Members[]) =>
    inOrganization(context, (tx) => readRecipients(tx, bookings)),
  ),
  note: openBatchLoader(keyOf, (bookings: Members[]) =>
    inOrganization(context, (tx) => readNotes(tx, bookings)),
  ),
});
const opened = new WeakMap<SchedulingContext, ReturnType<typeof openNoteLoaders>>();
/** What one request reads of many bookings at once; made when it is first asked for. */
function loadersOf(context: SchedulingContext) {
  const known = opened.get(context) ?? openNoteLoaders(context);
  opened.set(context, known);
  return known;
}

export const sealedNoteResolvers: Resolvers = {
  Query: { noteKeys: (_parent, _arguments, context) => listNoteKeys(context) },
  Mutation: {
    registerNoteKey: (_parent, { input }, context) => registerNoteKey(context, input),
    revokeNoteKey: (_parent, { input }, context) => revokeNoteKey(context, input),
    putSealedNote: (_parent, { input }, context) => putSealedNote(context, input),
  },
  Booking: {
    noteRecipients: async (booking, _arguments, context) =>
      (await loadersOf(context).recipients(booking)) ?? [],
    sealedNote: async (booking, _arguments, context) => (await loadersOf(context).note(booking)) ?? null,
  },
};
