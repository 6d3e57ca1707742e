import type { Transaction } from '@kept/database';
import type { CalendarFailure, CalendarKind, CalendarStatus } from '../schema-types.ts';

/**
 * How long what was read last still counts while a calendar cannot be read. An hour: a server's restart or a bad quarter of an
 * hour on the way stops nobody's bookings, and an appointment made elsewhere meanwhile is missed for no longer than that.
 */
export const GRACE_MINUTES = 60;
/** How often a calendar that works is read. Most servers make their files anew less often. */
export const READ_EVERY_MINUTES = 10;
/** A password is mistyped, a server renamed: this many calendars are more than anybody has. */
export const CONNECTIONS_MAX = 5;

/** A calendar outside, without what opens it. */
export interface Connection {
  readonly id: string;
  readonly providerId: string;
  readonly kind: CalendarKind;
  readonly version: number;
  readonly failure: CalendarFailure | null;
  readonly failingSince: Date | null;
  readonly lastWorkedAt: Date;
  readonly nextReadAt: Date;
  readonly coveredUntil: Date;
}

/** Whether what it says can be relied upon at this time. */
export function statusOf(
  connection: Pick<Connection, 'failure' | 'lastWorkedAt'>,
  now: Date,
): CalendarStatus {
  if (now.getTime() - connection.lastWorkedAt.getTime() > GRACE_MINUTES * 60_000) return 'UNAVAILABLE';
  return connection.failure === null ? 'WORKING' : 'FAILING';
}

/** The connections of a provider, oldest first, or one by its id. */
export function readConnections(
  tx: Transaction,
  wanted: { providerId: string } | { id: string },
): Promise<Connection[]> {
  const byId = 'id' in wanted;
  return tx.query<Connection>(
    `SELECT id, provider_id AS "providerId", kind, version, failure, failing_since AS "failingSince",
       last_worked_at AS "lastWorkedAt", next_sync_at AS "nextReadAt", covered_until AS "coveredUntil"
     FROM calendar_connection WHERE ${byId ? 'id' : 'provider_id'} = $1 ORDER BY created_at, id LIMIT 50`,
    [byId ? wanted.id : wanted.providerId],
  );
}
