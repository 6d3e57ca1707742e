import type { KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { Money } from '../schema-types.ts';
import { needIntake } from '../intake/intake-answers.ts';
import { readFees, type Fees } from '../offers/fee.ts';
import { findBooking } from './find-booking.ts';
import type { Booking } from './booking.ts';
import { quoteFor } from './quote.ts';
import { EXTENSIONS_MAX, SlotHold, WARN_MINUTES } from './slot-hold.ts';

/** A hold as its client sees it. */
export interface ShownHold {
  readonly __typename: 'SlotHold';
  readonly id: string;
  readonly bookingId: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly expiresAt: Date;
  readonly warnAt: Date;
  readonly extensionsLeft: number;
  readonly quote: string | null;
  readonly depositDue: Money | null;
  /** What the person should know about what they wrote; see intake. */
  readonly notices?: string[];
}

/** A hold made from the rows alone: a repeated request is shown the same, as long as nothing has changed. */
export async function showSlotHold(
  tx: Transaction,
  holdId: string,
  signingKey: KeyObject,
): Promise<ShownHold> {
  const hold = await tx.manager.findOne(SlotHold, { where: { id: holdId } });
  const booking = hold && (await findBooking(tx, hold.bookingId));
  // A key repeated after the booking's retention: what it was for is gone.
  if (hold === null || booking === null) throw refused.notFound('hold');
  return showHeld(tx, { hold, booking, fees: await readFees(tx, booking.id) }, signingKey);
}

/** The same of rows that this transaction has just written or read. */
export async function showHeld(
  tx: Transaction,
  { hold, booking, fees }: { hold: SlotHold; booking: Booking; fees: Fees },
  signingKey: KeyObject,
): Promise<ShownHold> {
  const intakeNeeded = (await needIntake(tx, [booking.id])).has(booking.id);
  return {
    __typename: 'SlotHold',
    id: hold.id,
    bookingId: booking.id,
    startsAt: booking.startsAt,
    endsAt: booking.endsAt,
    expiresAt: hold.expiresAt,
    warnAt: new Date(hold.expiresAt.getTime() - WARN_MINUTES * 60_000),
    extensionsLeft: Math.max(0, EXTENSIONS_MAX - hold.extensions),
    // Nobody is asked to pay for what could not be confirmed: first the questions of the service.
    quote: intakeNeeded ? null : quoteFor({ hold, booking, fees }, signingKey),
    depositDue:
      booking.depositMinor === null
        ? null
        : { amountMinor: booking.depositMinor, currency: booking.currency },
  };
}
