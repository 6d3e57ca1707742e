import type { Database, Transaction } from '@kept/database';
import type { Envelope } from './envelope.ts';

/**
 * How long a claim is remembered. An event older than this that nobody here has claimed is not handled without a person:
 * it may have been handled and forgotten. That is what makes it safe to forget at all, however late an event comes again.
 */
export const CLAIM_DAYS = 45;

export type Claim = 'claimed' | 'duplicate' | 'too_old';

/** Claims the event for this transaction. A second consumer waits here until the first has committed, and then gets nothing. */
export async function claim(
  tx: Transaction,
  { id, organizationId, name, publisher, occurredAt }: Envelope,
): Promise<Claim> {
  const claimed = await tx.query(
    `INSERT INTO inbox (event_id, organization_id, name, publisher)
     SELECT $1, $2, $3, $4 WHERE $5::timestamptz > now() - make_interval(days => $6)
     ON CONFLICT DO NOTHING RETURNING event_id`,
    [id, organizationId, name, publisher, occurredAt, CLAIM_DAYS],
  );
  if (claimed.length === 1) {
    await tx.query('DELETE FROM inbox_trouble WHERE event_id = $1', [id]);
    return 'claimed';
  }
  const earlier = await tx.query('SELECT FROM inbox WHERE event_id = $1', [id]);
  return earlier.length === 1 ? 'duplicate' : 'too_old';
}

export type TroubleReason = 'HANDLER_FAILED' | 'UNKNOWN_EVENT' | 'NO_HANDLER' | 'TOO_OLD';

export interface Trouble {
  attempts: number;
  /** Whether this very failure parked it. */
  parkedNow: boolean;
  parked: boolean;
}

/** Notes that an event could not be handled; after `parkAfter` failures, or at once where trying cannot help, it is parked. */
export async function noteTrouble(
  database: Database,
  envelope: Envelope,
  { reason, parkAfter }: { reason: TroubleReason; parkAfter: number },
): Promise<Trouble> {
  const { id, organizationId, name, version, publisher } = envelope;
  const [row] = await database.infrastructure('note trouble', (tx) =>
    tx.query<Trouble>(
      `INSERT INTO inbox_trouble AS t (event_id, organization_id, name, version, publisher, reason, parked)
       VALUES ($1, $2, $3, $4, $5, $6, $7 <= 1)
       ON CONFLICT (event_id) DO UPDATE
         SET attempts = t.attempts + 1, reason = excluded.reason, last_at = now(), parked = t.attempts + 1 >= $7
       RETURNING attempts, parked, attempts = $7 AS "parkedNow"`,
      [id, organizationId, name, version, publisher, reason, parkAfter],
    ),
  );
  return row ?? { attempts: 1, parked: false, parkedNow: false };
}

export interface InboxTrouble {
  eventId: string;
  organizationId: string;
  name: string;
  publisher: string;
  reason: TroubleReason;
  attempts: number;
  parked: boolean;
  firstAt: Date;
}

/** The oldest events this service could not handle, for /metrics and for people. */
export function inboxTroubles(database: Database, limit = 100): Promise<InboxTrouble[]> {
  return database.infrastructure('inbox troubles', (tx) =>
    tx.query<InboxTrouble>(
      `SELECT event_id AS "eventId", organization_id AS "organizationId", name, publisher, reason, attempts, parked,
         first_at AS "firstAt"
       FROM inbox_trouble ORDER BY first_at LIMIT $1`,
      [limit],
    ),
  );
}

/** Forgets claims that no event can need any more, a batch at a time; answers how many. */
export async function forgetClaims(database: Database, batch: number): Promise<number> {
  // A day more than CLAIM_DAYS: the publisher's clock, which dated the event, and ours need not agree to the second.
  const gone = await database.infrastructure('tidy inbox', (tx) =>
    tx.query(
      `DELETE FROM inbox WHERE event_id IN (
         SELECT event_id FROM inbox WHERE handled_at < now() - make_interval(days => $1)
         ORDER BY handled_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING event_id`,
      [CLAIM_DAYS + 1, batch],
    ),
  );
  return gone.length;
}
