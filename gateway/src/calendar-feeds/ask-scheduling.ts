import { PASSPORT_HEADER, signPassport, type PassportKey } from '@kept/passport';
import type { Clock } from '@kept/subgraph-kit';
import { request } from 'undici';
import { z } from 'zod';
import { gatewayCaller } from '../private-routes/gateway-caller.ts';

const SCHEDULING = { service: 'scheduling', operation: 'calendar-feed', path: '/calendar-feed' };
const ANSWER_MS = 5_000;
const BYTES_MAX = 4 * 1024 * 1024;

const reading = z.strictObject({
  calendar: z.string(),
  feedId: z.uuid(),
  organizationId: z.uuid(),
  owner: z.strictObject({ kind: z.enum(['CLIENT', 'STAFF']), id: z.uuid() }),
  rows: z.int().min(0),
});
export type FeedReading = z.infer<typeof reading>;

export interface SchedulingAddress {
  /** The address of its graph; feeds are answered on the same port. */
  readonly url: string;
  readonly key: PassportKey;
}

/**
 * Asks scheduling for the calendar of a token, in the gateway's own name. The token is in the signed body, never in an
 * address: addresses stand in logs. Null when it opens nothing; throws when there is no answer that can be used.
 */
export async function askScheduling(
  { url, key }: SchedulingAddress,
  { token, clock }: { token: string; clock: Clock },
): Promise<FeedReading | null> {
  const { service, operation, path } = SCHEDULING;
  const text = JSON.stringify({ token });
  const passport = signPassport({ caller: gatewayCaller(operation), service, body: text, key, now: clock() });
  const { statusCode, body } = await request(new URL(path, url), {
    method: 'POST',
    headers: { [PASSPORT_HEADER]: passport, 'content-type': 'application/json' },
    body: text,
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (statusCode !== 200) {
    await body.dump();
    if (statusCode === 404) return null;
    throw new Error(`${service} answered ${statusCode}`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BYTES_MAX) throw new Error(`${service} sent a calendar that is too large`);
    chunks.push(chunk);
  }
  return reading.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
}
