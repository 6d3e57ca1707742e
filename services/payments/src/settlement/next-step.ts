import { percentOf } from '../money/minor-units.ts';
import type { Payment } from '../payments/payment.ts';
import type { RefundCause } from '../refunds/refund.ts';
import { claimOf, isOff, type ClaimingBooking } from './claim.ts';
import { forPass, type PassSituation } from './for-pass.ts';

export type NextStep =
  /** Reserves what was agreed ahead, while the cardholder is away. */
  | { step: 'AUTHORIZE' }
  | { step: 'CAPTURE'; amountMinor: bigint }
  | { step: 'VOID' }
  /** The reservation is over at the processor, whether we heard of it or not. */
  | { step: 'EXPIRE' }
  /** It was never sent, and nobody wants it any more. */
  | { step: 'ABANDON' }
  /** The reservation will not last: another one takes its place. */
  | { step: 'RENEW' }
  /** The client must do something about it, and is told until when. */
  | { step: 'ASK_CLIENT' }
  /** Nobody did anything in time. */
  | { step: 'UNPAID' }
  | { step: 'REFUND'; amountMinor: bigint; cause: RefundCause }
  /** The pass is taken back, so its money may leave; or it may not any more. */
  | { step: 'SEND_REFUND' | 'DROP_REFUND'; refundId: string }
  | { step: 'EARN' }
  | null;

export interface Situation {
  payment: Payment;
  /** Null for what belongs to no booking. */
  booking: ClaimingBooking | null;
  /** Null for what is no pass. */
  pass: PassSituation | null;
  /** How long after its end an appointment that nobody closed counts as over. */
  graceMinutes: number;
  /** Another payment stands for the slot, or it was told already that none does. */
  replaced: boolean;
  /** Whether a consent and a card are there, with which a reservation can be made again. */
  renewable: boolean;
  /** What was paid for the booking beyond its price, after this price fell. */
  overpaidMinor: bigint;
  /** The causes of refunds that were made, whatever became of them: a refused one is for a person to look at. */
  refundCauses: readonly RefundCause[];
  /** Whether it waits for a person, or one refused it (fraud/). */
  review: 'NONE' | 'OPEN' | 'REFUSED';
  /** Definitive refusals of captures and voids so far. */
  refusals: number;
  earned: boolean;
  /** What amounts must be a multiple of, in this currency. */
  stepMinor: bigint;
  now: Date;
}

/** A capture or void that was definitively refused this often is not tried again by itself. */
const REFUSALS_MAX = 3;
/** How long before a reservation ends it is made again, or its client told. */
export const RENEW_BEFORE_MS = 24 * 3_600_000;

/**
 * What the booking's outcome asks of the money, as a pure function of how things stand. Asked again after every change
 * and by the sweep, so an event that comes early, late or twice leads to the same end.
 */
export function nextStep(situation: Situation): NextStep {
  const { payment, refusals } = situation;
  switch (payment.status) {
    case 'CREATED':
      return forLater(situation);
    case 'REQUIRES_ACTION':
      return refusals < REFUSALS_MAX && nobodyWaits(situation) ? { step: 'VOID' } : null;
    case 'AUTHORIZED':
    case 'CONFIRMED':
    case 'VOIDING':
      return refusals < REFUSALS_MAX ? forReserved(situation) : null;
    case 'CAPTURED':
      return forCaptured(situation);
    case 'VOIDED':
      return wasRenewed(situation) ? { step: 'RENEW' } : null;
    case 'FAILED':
    case 'ABANDONED':
    case 'AUTH_EXPIRED':
      return forUnpaid(situation);
    default:
      return null;
  }
}

/** The slot is gone, the cardholder failed, or their time is over. */
function nobodyWaits({ payment, booking, now }: Situation): boolean {
  const until = payment.actionDueAt ?? payment.quoteExpiresAt;
  // Whoever owes a part of it although the slot is gone is still waited for.
  const off = booking !== null && isOff(booking) && !payment.offSession;
  return off || payment.failureReason !== null || now >= until;
}

/** Agreed ahead and not sent yet. */
function forLater(situation: Situation): NextStep {
  const { payment, booking, now } = situation;
  if (payment.authorizeAt === null) return null;
  const claim = claimOf(situation);
  if (claim === null) {
    // Nobody ever decided about the slot, and its time has come.
    return booking?.startsAt != null && now >= booking.startsAt ? { step: 'ABANDON' } : null;
  }
  if (claim.amountMinor === 0n) return { step: 'ABANDON' };
  const isOver = booking !== null && booking.outcome !== 'CONFIRMED';
  const due = isOver ? claim.from : payment.authorizeAt;
  return due === null || now >= due ? { step: 'AUTHORIZE' } : null;
}

function forReserved(situation: Situation): NextStep {
  const { payment, now } = situation;
  const { status, authorizationExpiresAt: end } = payment;
  if (status === 'VOIDING') return { step: 'VOID' };
  // First of all: what is over is never asked to be taken.
  if (end !== null && now >= end) return { step: 'EXPIRE' };
  const claim = claimOf(situation);
  const isRefused = situation.review === 'REFUSED';
  if (isRefused || (claim !== null && claim.amountMinor === 0n)) return { step: 'VOID' };
  // The slot is kept and the money reserved; it is taken when somebody has looked at it.
  if (situation.review === 'OPEN') return null;
  if (claim !== null && (claim.from === null || now >= claim.from)) {
    const { amountMinor } = claim;
    return {
      step: 'CAPTURE',
      amountMinor: amountMinor < payment.authorizedMinor ? amountMinor : payment.authorizedMinor,
    };
  }
  const endsBefore = end !== null && claim?.from != null && end <= claim.from;
  if (!endsBefore || now.getTime() < end.getTime() - RENEW_BEFORE_MS) return null;
  if (situation.renewable) return { step: 'VOID' };
  // Told once: the deadline stands from then on.
  return payment.actionDueAt === null ? { step: 'ASK_CLIENT' } : null;
}

/** Released by ourselves although the booking stands: to be reserved anew. */
function wasRenewed({ payment, booking, replaced, renewable, review }: Situation): boolean {
  if (review === 'REFUSED') return false;
  return payment.purpose === 'HOLD' && booking?.outcome === 'CONFIRMED' && !replaced && renewable;
}

/** Nothing is reserved. What secured a slot that still stands must be put right by the client. */
function forUnpaid({ payment, booking, replaced, now }: Situation): NextStep {
  // Also a deposit that nobody took in time, because it waited to be looked at: the slot stands, and no money behind it.
  const ranOut = payment.holdId !== null && payment.status === 'AUTH_EXPIRED';
  const secured = ranOut || (payment.purpose === 'HOLD' && payment.offSession);
  if (!secured || replaced || payment.unpaidAt !== null || booking?.outcome !== 'CONFIRMED') return null;
  if (booking.startsAt === null || now >= booking.startsAt) return { step: 'UNPAID' };
  if (payment.actionDueAt === null) return { step: 'ASK_CLIENT' };
  return now >= payment.actionDueAt ? { step: 'UNPAID' } : null;
}

function forCaptured(situation: Situation): NextStep {
  const { payment, booking, refundCauses, earned } = situation;
  const earn: NextStep = earned ? null : { step: 'EARN' };
  if (payment.purpose === 'NO_SHOW_FEE' || payment.purpose === 'LATE_CANCEL_FEE') return earn;
  if (payment.purpose === 'PASS') return forPass(situation);
  if (booking === null || booking.outcome === 'HELD') return null;
  // While the bank disputes the charge, giving money back would be a double loss.
  const disputed = payment.disputedMinor > 0n;
  if (booking.outcome === 'CONFIRMED') return disputed ? null : refundOfPrice(situation);
  const cause = booking.outcome === 'REFUSED' ? 'BOOKING_REFUSED' : 'BOOKING_CANCELLED';
  const amountMinor = refundDue(situation);
  const possible = amountMinor > 0n && !disputed && !refundCauses.includes(cause);
  if (possible) return { step: 'REFUND', amountMinor, cause };
  return earn;
}

function refundOfPrice({ payment, overpaidMinor }: Situation): NextStep {
  const refundable = payment.refundableMinor();
  const amountMinor = overpaidMinor < refundable ? overpaidMinor : refundable;
  return amountMinor > 0n ? { step: 'REFUND', amountMinor, cause: 'PRICE_LOWERED' } : null;
}

/** What is to come back of what was taken: whatever the booking does not allow to keep. */
function refundDue(situation: Situation): bigint {
  const { payment, booking, stepMinor } = situation;
  const possible = payment.refundableMinor();
  if (booking?.outcome === 'REFUSED') return possible;
  // Of what is over nothing comes back, unless scheduling says so: its client did not come, and that costs less than the deposit.
  const none = booking?.outcome === 'COMPLETED' ? 0 : 100;
  const percent =
    payment.purpose === 'BALANCE' ? percentOfBalance(situation) : (booking?.refundPercent ?? none);
  const back = percentOf(payment.authorizedMinor, percent, stepMinor);
  // What was never taken (a capture in part, above) and what staff gave back already counts.
  const due = back - (payment.authorizedMinor - payment.capturedMinor) - payment.refundedMinor;
  const open = due - payment.refundPendingMinor;
  return open < 0n ? 0n : open > possible ? possible : open;
}

/** Deadlines are about the deposit: whatever else was paid for an appointment that is not had comes back. */
function percentOfBalance({ booking }: Situation): number {
  return booking !== null && (isOff(booking) || booking.attended === false) ? 100 : 0;
}
