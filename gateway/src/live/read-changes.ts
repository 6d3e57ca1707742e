import { PASSPORT_HEADER, signPassport, type PassportKey } from '@kept/passport';
import type { Clock } from '@kept/subgraph-kit';
import { request } from 'undici';
import { z } from 'zod';
import { gatewayCaller } from '../private-routes/gateway-caller.ts';

/** What the passport names as its operation; scheduling accepts no other there. */
const OPERATION = 'changes';
const CONNECT_MS = 3_000;
// Scheduling says something at least every five seconds; after two silences the connection is taken for dead.
const SILENCE_MS = 12_000;
const LINE_LENGTH_MAX = 10_000;

const line = z.union([
  z.strictObject({
    change: z.strictObject({
      organizationId: z.uuid(),
      kind: z.string().max(40),
      bookingId: z.uuid(),
      providerId: z.uuid(),
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
  const caller = gatewayCaller(OPERATION);
  const passport = signPassport({ caller, service: 'scheduling', body: '', key, now: clock() });
  const address = new URL('/changes', url);
  if (cursor !== undefined) address.searchParams.set('after', cursor);
  const { statusCode, body } = await request(address, {
    headers: { [PASSPORT_HEADER]: passport, accept: 'application/x-ndjson' },
    headersTimeout: CONNECT_MS,
    bodyTimeout: SILENCE_MS,
    signal,
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`scheduling answered ${statusCode}`);
  }
  body.setEncoding('utf8');
  let rest = '';
  for await (const chunk of body as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_LENGTH_MAX) throw new Error('scheduling sent a line that does not end');
    for (const text of lines) yield line.parse(JSON.parse(text));
  }
}
