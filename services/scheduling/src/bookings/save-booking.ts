import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import type { Actor } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { BookingHistory } from '../history/booking-history.ts';
import { NOTHING_BEFORE, sealEntry } from '../history/history-entry.ts';
import type { Scheduling } from '../scheduling.ts';
import { noticeUnusualChange } from '../unexpected-changes/notice-unusual-change.ts';
import { Booking } from './booking.ts';

/** What is said of a change where it is kept: in the booking's history and in the audit trail. */
export interface BookingChange {
  readonly scheduling: Pick<Scheduling, 'signingKey'>;
  readonly actor: Actor;
  /** A code, such as `booking_cancelled`. */
  readonly action: string;
  readonly now: Date;
  readonly reasonCode?: string;
  /** More codes, counts and times for the audit trail; never personal data. */
  readonly details?: Record<string, string>;
}

/** Writes a new booking with the first entry of its history. */
export async function insertBooking(tx: Transaction, booking: Booking, change: BookingChange): Promise<void> {
  const entry = continueHistory(booking, change);
  await tx.manager.insert(Booking, booking);
  await tell(tx, { booking, entry, change });
}

/**
 * Writes a change of a booking that was read under lock, its history and its audit entry: nothing else does. The version
 * says that nobody else wrote in between.
 */
export async function saveBooking(tx: Transaction, booking: Booking, change: BookingChange): Promise<void> {
  const entry = continueHistory(booking, change);
  const { affected } = await tx.manager.update(
    Booking,
    { id: booking.id, version: booking.version - 1 },
    {
      status: booking.status,
      version: booking.version,
      clientId: booking.clientId,
      providerId: booking.providerId,
      startsAt: booking.startsAt,
      endsAt: booking.endsAt,
      timeZone: booking.timeZone,
      heldUntil: booking.heldUntil,
      rescheduleCount: booking.rescheduleCount,
      variantId: booking.variantId,
      priceMinor: booking.priceMinor,
      cancelledBy: booking.cancelledBy,
      cancellationReason: booking.cancellationReason,
      overrideReason: booking.overrideReason,
      decideBy: booking.decideBy,
      decisionId: booking.decisionId,
      checkedInAt: booking.checkedInAt,
      historyHead: booking.historyHead,
    },
  );
  invariant(affected === 1, 'a locked booking is written once per change');
  await tell(tx, { booking, entry, change });
  await noticeUnusualChange(tx, { ...change, booking });
}

function continueHistory(booking: Booking, { scheduling, actor, ...change }: BookingChange): BookingHistory {
  const before = booking.before();
  const entry = sealEntry(
    {
      organizationId: booking.organizationId,
      bookingId: booking.id,
      version: booking.version,
      action: change.action,
      at: change.now,
      channel: actor.channel,
      actorKind: actor.kind,
      actorId: actor.accountId,
      linkId: actor.linkId,
      requestId: actor.requestId,
      reasonCode: change.reasonCode ?? null,
      oldStatus: before?.status ?? null,
      newStatus: booking.status,
      oldStartsAt: before?.startsAt ?? null,
      newStartsAt: booking.startsAt,
      oldEndsAt: before?.endsAt ?? null,
      newEndsAt: booking.endsAt,
      oldProviderId: before?.providerId ?? null,
      newProviderId: booking.providerId,
    },
    booking.historyHead ?? NOTHING_BEFORE,
    scheduling.signingKey,
  );
  booking.historyHead = entry.hash;
  return entry;
}

async function tell(
  tx: Transaction,
  { booking, entry, change }: { booking: Booking; entry: BookingHistory; change: BookingChange },
): Promise<void> {
  await tx.manager.insert(BookingHistory, entry);
  const { actor, action, now, reasonCode } = change;
  await recordChange(tx, {
    actor,
    action,
    subject: { type: 'Booking', id: booking.id },
    dataSubjectId: booking.clientId,
    at: now,
    details: {
      version: String(booking.version),
      channel: actor.channel,
      ...(actor.linkId !== null && { linkId: actor.linkId }),
      ...(reasonCode !== undefined && { reasonCode }),
      ...change.details,
    },
  });
}
