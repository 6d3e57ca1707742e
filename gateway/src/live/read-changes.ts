import type { PassportKey } from '@kept/passport';
import type { Clock } from '@kept/subgraph-kit';
import { z } from 'zod';
import { readLines } from '../private-routes/read-lines.ts';

const CHANGES = {
  service: 'scheduling',
  operation: 'changes',
  // Scheduling says something at least every five seconds; after two silences the connection is taken for dead.
  silenceMs: 12_000,
  lineLengthMax: 10_000,
};

const line = z.union([
  z.strictObject({
    change: z.strictObject({
      organizationId: z.uuid(),
      kind: z.string().max(40),
      // Null where an absence or a closure changed.
      bookingId: z.uuid().nullable(),
      providerId: z.uuid().nullable(),
    }),
  }),
  z.strictObject({ reset: z.literal(true) }),
  z.strictObject({ cursor: z.string().max(60) }),
]);
export type ChangeLine = z.infer<typeof line>;

export interface ChangesAddress {
  /** The address of scheduling; the changes are told on the same port. */
  readonly url: string;
  readonly key: PassportKey;
}

/** Opens the line once and gives what comes. Ends or throws when the connection does, or falls silent. */
export async function* readChanges(
  { url, key }: ChangesAddress,
  { cursor, clock, signal }: { cursor: string | undefined; clock: Clock; signal: AbortSignal },
): AsyncGenerator<ChangeLine> {
  const address = new URL('/changes', url);
  if (cursor !== undefined) address.searchParams.set('after', cursor);
  for await (const said of readLines({ ...CHANGES, address, key, clock, signal })) yield line.parse(said);
}
