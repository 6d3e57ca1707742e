import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { LinkAction } from '../schema-types.ts';
import { newToken, type LinkToken } from './link-token.ts';

/** Everything a link can be good for. */
export const LINK_ACTIONS: readonly LinkAction[] = ['VIEW', 'RESCHEDULE', 'CANCEL', 'CONFIRM_ATTENDANCE'];

/** A link as it is stored, with when it ends. */
export interface StoredLink {
  readonly id: string;
  readonly bookingId: string;
  readonly actions: LinkAction[];
  readonly inMail: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly useCount: number;
}

interface Row {
  id: string;
  booking_id: string;
  actions: LinkAction[];
  made_for: 'MAIL' | 'PERSON';
  created_at: Date;
  ends_at: Date;
  revoked_at: Date | null;
  use_count: number;
}

// A day after the appointment, wherever it moves: long enough to look at a mail, and nothing is left to be changed then.
const SELECT = `
  SELECT l.id, l.booking_id, l.actions, l.made_for, l.created_at, l.revoked_at, l.use_count,
         least(l.expires_at, b.ends_at + interval '1 day') AS ends_at
  FROM manage_link l JOIN booking b ON b.id = l.booking_id`;

const linkOf = (row: Row): StoredLink => ({
  id: row.id,
  bookingId: row.booking_id,
  actions: row.actions,
  inMail: row.made_for === 'MAIL',
  createdAt: row.created_at,
  expiresAt: row.ends_at,
  revokedAt: row.revoked_at,
  useCount: row.use_count,
});

/** The link of a token that works now; null for one that never did, has ended or was ended. One index look-up. */
export async function findLink(tx: Transaction, { hash }: LinkToken, now: Date): Promise<StoredLink | null> {
  const [row] = await tx.query<Row>(`${SELECT} WHERE l.token_hash = $1`, [hash]);
  if (row === undefined || row.revoked_at !== null || row.ends_at <= now) return null;
  return linkOf(row);
}

/** The links of many bookings, the newest first. */
export async function readLinks(
  tx: Transaction,
  bookingIds: readonly string[],
): Promise<Map<string, StoredLink[]>> {
  const rows = await tx.query<Row>(
    `${SELECT} WHERE l.booking_id = ANY ($1) ORDER BY l.created_at DESC, l.id LIMIT 1000`,
    [bookingIds],
  );
  const links = rows.map(linkOf);
  return new Map(bookingIds.map((id) => [id, links.filter((link) => link.bookingId === id)]));
}

/** Writes a new link; the token's text leaves with the answer and is forgotten. */
export async function makeLink(
  tx: Transaction,
  link: {
    booking: { id: string; organizationId: string };
    actions: readonly LinkAction[];
    madeFor: 'MAIL' | 'PERSON';
    /** Whoever asked for it; nobody for a mail. */
    madeBy?: string | null;
    expiresAt: Date | null;
    now: Date;
    /** How many live links the booking has at most, with this one; the oldest end. */
    atMost?: number;
  },
): Promise<{ id: string; token: string }> {
  const { booking, actions, madeFor, madeBy = null, expiresAt, now } = link;
  const { text, hash } = newToken(booking.organizationId);
  const id = randomUUID();
  await tx.query(
    `WITH ended AS (
       UPDATE manage_link SET revoked_at = $8, revoked_because = 'TOO_MANY'
       WHERE $10::int IS NOT NULL AND id IN (
         SELECT id FROM manage_link WHERE booking_id = $3 AND revoked_at IS NULL ORDER BY created_at DESC, id OFFSET $10 - 1)
         AND revoked_at IS NULL)
     INSERT INTO manage_link (id, organization_id, booking_id, token_hash, actions, made_for, made_by, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      booking.organizationId,
      booking.id,
      hash,
      actions,
      madeFor,
      madeBy,
      now,
      expiresAt,
      link.atMost ?? null,
    ],
  );
  return { id, token: text };
}

/** Ends the live links of a booking; how many there were. */
export async function endLinks(
  tx: Transaction,
  bookingId: string,
  end: { because: 'ROTATED' | 'BY_PERSON'; now: Date },
): Promise<number> {
  const ended = await tx.query(
    `UPDATE manage_link SET revoked_at = $2, revoked_because = $3
     WHERE booking_id = $1 AND revoked_at IS NULL RETURNING id`,
    [bookingId, end.now, end.because],
  );
  return ended.length;
}
