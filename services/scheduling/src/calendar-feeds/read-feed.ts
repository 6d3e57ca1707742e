import type { Transaction } from '@kept/database';
import type { Scheduling } from '../scheduling.ts';
import { feedFile, type FeedEntry } from './feed-file.ts';
import { readFeedToken } from './feed-token.ts';

/** A feed as whoever knows its address gets it, with what an access record says about the reading. */
export interface FeedReading {
  readonly calendar: string;
  readonly feedId: string;
  readonly organizationId: string;
  readonly owner: { readonly kind: 'CLIENT' | 'STAFF'; readonly id: string };
  readonly rows: number;
}

const DAYS_BACK = 31;
const DAYS_AHEAD = 400;
const ENTRIES_MAX = 2_000;

/**
 * Reads the feed of an address; null for every address that opens nothing, whatever the reason. Changes nothing. A feed is
 * also closed by the person's keys being destroyed (erasure) and by a provider who no longer works here, so it needs
 * nobody to remember it.
 */
export async function readFeed(scheduling: Scheduling, token: string): Promise<FeedReading | null> {
  const read = readFeedToken(token);
  if (read === null) return null;
  const { organizationId, secretHash } = read;
  return scheduling.database.transaction(organizationId, async (tx) => {
    const [feed] = await tx.query<{
      id: string;
      kind: 'CLIENT' | 'STAFF';
      owner: string;
      name: string | null;
    }>(
      `SELECT f.id, f.owner_kind AS kind, f.owner_id AS owner, o.name
       FROM calendar_feed f LEFT JOIN organization_profile o ON o.organization_id = f.organization_id
       WHERE f.secret_hash = $1
         AND (f.owner_kind = 'CLIENT' OR EXISTS (SELECT FROM provider p WHERE p.id = f.owner_id AND p.active))
         AND NOT EXISTS (SELECT FROM data_subject_key k WHERE k.organization_id = f.organization_id
                           AND k.subject_id = f.owner_id AND k.destroyed_at IS NOT NULL)`,
      [secretHash],
    );
    if (feed === undefined) return null;
    const entries = await readEntries(tx, { kind: feed.kind, id: feed.owner }, scheduling.clock());
    return {
      calendar: feedFile({ organizationId, organizationName: feed.name ?? 'Appointment' }, entries),
      feedId: feed.id,
      organizationId,
      owner: { kind: feed.kind, id: feed.owner },
      rows: entries.length,
    };
  });
}

// Answered from booking_by_client or booking_by_provider in order of start. What is only held or waits for a decision is
// not told: it may never be. What was called off stays as cancelled for a month after its time, so that calendars take it out.
async function readEntries(tx: Transaction, owner: FeedReading['owner'], now: Date): Promise<FeedEntry[]> {
  const day = 86_400_000;
  const whose = owner.kind === 'CLIENT' ? 'b.client_id' : 'b.provider_id';
  return tx.query(
    `SELECT b.id AS "bookingId", b.version, b.starts_at AS "startsAt", b.ends_at AS "endsAt",
       b.status = 'CANCELLED' AS cancelled, COALESCE(h.at, b.created_at) AS "changedAt"
     FROM booking b LEFT JOIN booking_history h ON h.booking_id = b.id AND h.version = b.version
     WHERE ${whose} = $1 AND b.starts_at >= $2 AND b.starts_at < $3
       AND (b.status IN ('CONFIRMED', 'COMPLETED', 'NO_SHOW') OR (b.status = 'CANCELLED' AND EXISTS (
         SELECT FROM booking_history c WHERE c.booking_id = b.id AND c.old_status = 'CONFIRMED' AND c.new_status = 'CANCELLED')))
     ORDER BY b.starts_at, b.id LIMIT ${ENTRIES_MAX}`,
    [owner.id, new Date(now.getTime() - DAYS_BACK * day), new Date(now.getTime() + DAYS_AHEAD * day)],
  );
}
