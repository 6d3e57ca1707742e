import { randomUUID } from 'node:crypto';
import { attempt, type Transaction } from '@kept/database';
import { byItself } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { holdSlot, type HeldSlot } from '../bookings/hold-slot.ts';
import { haveCounters } from '../offers/counters-gate.ts';
import type { Scheduling } from '../scheduling.ts';
import { ENTRY_COLUMNS, takeTurns, wishOf, type Entry } from './entry.ts';
import { isNotOffered, openFreeTimes, type Around, type FreeTime } from './free-times.ts';
import { tellOfOffer } from './tell-of-offer.ts';
import { minutesToAnswer, suits } from './turns.ts';

/** More than ever wait at one business; whoever comes after them is looked at when some of these are done. */
const ENTRIES_MAX = 2000;
/** How many free times are tried for one person before the next is asked: the arbiter refused that many. */
const TRIES_MAX = 5;

/**
 * Offers what is free to those who wait, in the order of their turns: whoever has waited longest without letting an offer
 * lapse is asked first about the first time that suits. What is free is read once per question before anybody is asked,
 * so a time that becomes free meanwhile does not go past those who were asked already. An offer is a real hold.
 */
export async function offerFreeTimes(
  tx: Transaction,
  scheduling: Scheduling,
  { now, around }: { now: Date; around: Around | null },
): Promise<number> {
  await takeTurns(tx);
  const waiting = await tx.query<Entry>(
    `SELECT ${ENTRY_COLUMNS} FROM waitlist_entry e WHERE e.organization_id = $1 AND e.status = 'WAITING' AND e.ends_at > $2
     ORDER BY e.turn_since, e.joined_at, e.id LIMIT ${ENTRIES_MAX}`,
    [tx.organizationId, now],
  );
  const asked = await askedBefore(tx, waiting);
  const freeOf = openFreeTimes(tx, { now, around });
  const wishes: { entry: Entry; times: readonly FreeTime[] }[] = [];
  for (const entry of waiting) {
    const wish = wishOf(entry);
    const suiting = (await freeOf(entry)).filter(
      (time) => suits(wish, time.startMinute) && !asked.has(placeOf(entry.id, time)),
    );
    if (suiting.length > 0) wishes.push({ entry, times: suiting.slice(0, TRIES_MAX) });
  }
  // Not before: nobody who books waits while calendars are read.
  if (wishes.length > 1) await haveCounters(tx);
  let offers = 0;
  for (const { entry, times } of wishes) {
    for (const time of times) {
      if (!(await offer(tx, scheduling, { entry, time, now }))) continue;
      offers += 1;
      break;
    }
  }
  // After everything the arbiter was asked for: entries are locked last.
  await endEntries(tx, now);
  return offers;
}

const placeOf = (
  entryId: string,
  { providerId, startMinute }: Pick<FreeTime, 'providerId' | 'startMinute'>,
) => `${entryId} ${providerId} ${startMinute}`;

/** Entries whose last day is over wait no longer. */
async function endEntries(tx: Transaction, now: Date): Promise<void> {
  await tx.query(
    `UPDATE waitlist_entry SET status = 'ENDED', version = version + 1
     WHERE organization_id = $1 AND status = 'WAITING' AND ends_at <= $2`,
    [tx.organizationId, now],
  );
}

/** Nobody is asked twice about the same time. */
async function askedBefore(tx: Transaction, entries: readonly Entry[]): Promise<Set<string>> {
  const rows = await tx.query<{ entry_id: string; provider_id: string; starts_at: Date }>(
    'SELECT entry_id, provider_id, starts_at FROM waitlist_offer WHERE entry_id = ANY ($1::uuid[])',
    [entries.map(({ id }) => id)],
  );
  return new Set(
    rows.map((row) =>
      placeOf(row.entry_id, { providerId: row.provider_id, startMinute: row.starts_at.getTime() / 60_000 }),
    ),
  );
}

/** The time could not be had, or the entry waits no longer; what was begun is undone. */
class NotOffered extends Error {}

/** Keeps a time for somebody and tells them until when; false leaves nothing behind. */
async function offer(
  tx: Transaction,
  scheduling: Scheduling,
  { entry, time, now }: { entry: Entry; time: FreeTime; now: Date },
): Promise<boolean> {
  const startsAt = new Date(time.startMinute * 60_000);
  const holdMinutes = minutesToAnswer({ now, startsAt, minimumLeadMinutes: time.minimumLeadMinutes });
  if (holdMinutes === null) return false;
  try {
    await attempt(tx, async (inner) => {
      const held = await hold(inner, scheduling, { entry, time, startsAt, holdMinutes, now });
      // Entries are written last: whoever leaves or books at this moment has gone before or comes after.
      const turned = await inner.query(
        `UPDATE waitlist_entry SET status = 'OFFERED', version = version + 1
         WHERE id = $1 AND status = 'WAITING' RETURNING id`,
        [entry.id],
      );
      if (turned.length === 0) throw new NotOffered();
      await writeOffer(inner, scheduling, { entry, held, now });
    });
    return true;
  } catch (error) {
    if (error instanceof NotOffered || isNotOffered(error)) return false;
    throw error;
  }
}

async function hold(
  tx: Transaction,
  scheduling: Scheduling,
  wish: { entry: Entry; time: FreeTime; startsAt: Date; holdMinutes: number; now: Date },
): Promise<HeldSlot> {
  const { entry, time, startsAt, holdMinutes, now } = wish;
  const held = await holdSlot(tx, scheduling, {
    offer: {
      serviceId: entry.serviceId,
      variantId: null,
      addOnIds: [],
      locationId: time.locationId,
      providerId: time.providerId,
      startsAt,
      seats: entry.seats,
      now,
      clientId: entry.clientId,
      movingBookingId: null,
      rules: 'CLIENT',
    },
    client: { id: entry.clientId },
    notes: null,
    actor: byItself('offer-free-times', 'WAITLIST'),
    now,
    holdMinutes,
    origin: 'WAITLIST',
  });
  if (!('hold' in held)) throw new NotOffered();
  return held;
}

async function writeOffer(
  tx: Transaction,
  scheduling: Scheduling,
  { entry, held, now }: { entry: Entry; held: HeldSlot; now: Date },
): Promise<void> {
  const { hold: kept, booking } = held;
  const id = randomUUID();
  await tx.query(
    `INSERT INTO waitlist_offer (id, organization_id, entry_id, hold_id, booking_id, provider_id, starts_at, status,
       offered_at, answer_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'OPEN', $8, $9)`,
    [
      id,
      tx.organizationId,
      entry.id,
      kept.id,
      booking.id,
      booking.providerId,
      booking.startsAt,
      now,
      kept.expiresAt,
    ],
  );
  await tellOfOffer(tx, booking, { template: 'waitlist-offer', offerUntil: kept.expiresAt });
  await recordChange(tx, {
    actor: byItself('offer-free-times', 'WAITLIST'),
    action: 'waitlist_time_offered',
    subject: { type: 'WaitlistEntry', id: entry.id },
    dataSubjectId: entry.clientId,
    at: now,
    details: { answerBy: kept.expiresAt.toISOString() },
  });
  const { organizationId } = entry;
  tx.afterCommit(() => scheduling.wakeWaitlist({ organizationId, at: kept.expiresAt, around: null }));
}
