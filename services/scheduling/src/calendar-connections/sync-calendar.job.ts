import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { defineJob, handler, type Handler } from '@kept/jobs';
import { byItself } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { readProviders } from '../providers/read-providers.ts';
import type { Scheduling } from '../scheduling.ts';
import type { CalendarFailure } from '../schema-types.ts';
import { openAccess } from './calendar-access.ts';
import { failureOf } from './calendar-failed.ts';
import { READ_EVERY_MINUTES } from './connection.ts';
import { forgetCalendarsOf } from './disconnect-calendar.ts';
import { DAYS_AHEAD, readCalendar, type CalendarReading } from './read-calendar.ts';
import { replaceBusy } from './replace-busy.ts';

/** One attempt: the row says when the next is due, and the sweep brings it. */
export const syncCalendar = defineJob<{ organizationId: string; connectionId: string }>({
  name: 'sync-calendar',
  attempts: 1,
  timeoutMs: 60_000,
});

const READ_MS = 25_000;
const RETRY_MINUTES_MAX = 30;
// What was read stays whole for so long before the far end is read again though nothing changed.
const REACH_AGAIN_MS = 7 * 86_400_000;
// A wrong password stays wrong, so its owner is told at once; a server may come back by itself.
const TELL_AFTER_MINUTES = 30;
const OWNERS_TO_MEND: readonly CalendarFailure[] = [
  'SIGN_IN_REFUSED',
  'NOT_THERE',
  'NOT_A_CALENDAR',
  'NO_CALENDAR',
];

interface Due {
  id: string;
  providerId: string;
  access: Buffer;
  version: number;
  seen: string | null;
  coveredUntil: Date;
}

/**
 * Reads one connected calendar again and puts its times in the place of those before. Nothing is locked while the other
 * side takes its time; whoever disconnects meanwhile wins. A calendar that cannot be read keeps its times and says why.
 */
export async function syncOne(
  scheduling: Scheduling,
  {
    organizationId,
    connectionId,
    signal,
  }: { organizationId: string; connectionId: string; signal?: AbortSignal },
): Promise<void> {
  const { database, keyring, outbound } = scheduling;
  const now = scheduling.clock();
  const opened = await database.transaction(organizationId, async (tx) => {
    const [due] = await tx.query<Due>(
      `SELECT id, provider_id AS "providerId", access, version, state_seen AS seen, covered_until AS "coveredUntil"
       FROM calendar_connection WHERE id = $1 AND next_sync_at <= $2`,
      [connectionId, now],
    );
    if (due === undefined) return undefined;
    const access = await openAccess(tx, keyring, due);
    if (access === null) {
      // Its owner's keys were destroyed: nothing here opens it any more, so it goes.
      await forgetCalendarsOf(tx, {
        providerId: due.providerId,
        actor: byItself(syncCalendar.name),
        at: now,
      });
      return undefined;
    }
    const [provider] = await readProviders(tx, { ids: [due.providerId] });
    return { due, access, ownZone: provider?.timeZone ?? 'UTC' };
  });
  if (opened === undefined) return;
  const { due, access, ownZone } = opened;
  const reaches = due.coveredUntil.getTime() - now.getTime() > DAYS_AHEAD * 86_400_000 - REACH_AGAIN_MS;
  const seen = reaches ? due.seen : null;
  const outcome = await readCalendar(outbound, { access, seen, ownZone, now, totalMs: READ_MS, signal }).then(
    (reading) => ({ reading }),
    (error: unknown) => {
      if (signal?.aborted) throw error;
      return { failure: failureOf(error) };
    },
  );
  await database.transaction(organizationId, async (tx) => {
    const locked = await tx.query(
      'SELECT id FROM calendar_connection WHERE id = $1 AND version = $2 FOR UPDATE',
      [due.id, due.version],
    );
    if (locked.length === 0) return;
    if ('failure' in outcome) await keepFailure(tx, { due, failure: outcome.failure, now });
    else await keepReading(tx, { due, reading: outcome.reading, now });
  });
}

async function keepReading(
  tx: Transaction,
  { due, reading, now }: { due: Due; reading: CalendarReading | undefined; now: Date },
): Promise<void> {
  if (reading) await replaceBusy(tx, { ...due, busy: reading.busy });
  await tx.query(
    `UPDATE calendar_connection SET version = version + 1, last_worked_at = $2, next_sync_at = $3,
       covered_until = COALESCE($4, covered_until), state_seen = COALESCE($5, state_seen),
       failure = NULL, failing_since = NULL, failures = 0, told_at = NULL
     WHERE id = $1`,
    [due.id, now, after(now, READ_EVERY_MINUTES), reading?.coveredUntil ?? null, reading?.state ?? null],
  );
}

async function keepFailure(
  tx: Transaction,
  { due, failure, now }: { due: Due; failure: CalendarFailure; now: Date },
): Promise<void> {
  const [kept] = await tx.query<{ failures: number; failingSince: Date; toldAt: Date | null }>(
    `UPDATE calendar_connection SET version = version + 1, failure = $2, failing_since = COALESCE(failing_since, $3),
       failures = failures + 1,
       next_sync_at = $3::timestamptz + make_interval(mins => LEAST($4, (2 ^ LEAST(failures, 10))::int))
     WHERE id = $1 RETURNING failures, failing_since AS "failingSince", told_at AS "toldAt"`,
    [due.id, failure, now, RETRY_MINUTES_MAX],
  );
  if (kept === undefined) return;
  if (kept.failures === 1) {
    await recordChange(tx, {
      actor: byItself(syncCalendar.name),
      action: 'calendar_failed',
      subject: { type: 'CalendarConnection', id: due.id },
      at: now,
      outcome: 'FAILURE',
      details: { failure },
    });
  }
  const waited = now.getTime() - kept.failingSince.getTime() >= TELL_AFTER_MINUTES * 60_000;
  if (kept.toldAt !== null || !(waited || OWNERS_TO_MEND.includes(failure))) return;
  await tx.query('UPDATE calendar_connection SET told_at = $2 WHERE id = $1', [due.id, now]);
  await publish(tx, 'message.requested', {
    messageId: randomUUID(),
    recipient: { kind: 'STAFF', id: due.providerId },
    template: 'calendar-connection-failed',
    purpose: 'booking.service',
    basis: 'contract',
    parameters: { connectionId: due.id },
  });
}

const after = (now: Date, minutes: number): Date => new Date(now.getTime() + minutes * 60_000);

export const syncCalendarHandler = (scheduling: Scheduling): Handler =>
  handler(syncCalendar, (data, { signal }) => syncOne(scheduling, { ...data, signal }));
