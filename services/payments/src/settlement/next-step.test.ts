import type { BookingOutcome } from '../bookings/booking-reference.ts';
import { percentOf } from '../money/minor-units.ts';
import { Payment, type PaymentStatus } from '../payments/payment.ts';
import { nextStep, type Situation } from './next-step.ts';

const now = new Date('2030-01-01T12:00:00Z');
const startsAt = new Date('2030-01-09T12:00:00Z');

function situation(
  status: PaymentStatus,
  outcome: BookingOutcome,
  change: Partial<Situation> & { refundPercent?: number; attended?: boolean } = {},
): Situation {
  const captured = status === 'CAPTURED' ? 4500n : 0n;
  const payment = Object.assign(new Payment(), {
    status,
    amountMinor: 4500n,
    authorizedMinor: 4500n,
    capturedMinor: captured,
    refundedMinor: 0n,
    refundPendingMinor: 0n,
    disputedMinor: 0n,
    tipMinor: 0n,
    discountMinor: 0n,
    purpose: 'DEPOSIT',
    offSession: false,
    failureReason: null,
    quoteExpiresAt: new Date('2030-01-01T12:15:00Z'),
    authorizationExpiresAt: null,
    authorizeAt: null,
    actionDueAt: null,
    unpaidAt: null,
  });
  const { refundPercent = null, attended = null, ...rest } = change;
  const booking = { outcome, refundPercent, attended, startsAt, endsAt: new Date('2030-01-09T13:00:00Z') };
  const known = { payment, booking, refundCauses: [], refusals: 0, earned: false, stepMinor: 1n, now };
  const usual = {
    pass: null,
    graceMinutes: 60,
    replaced: false,
    renewable: false,
    overpaidMinor: 0n,
    review: 'NONE',
  } as const;
  return { ...known, ...usual, ...rest };
}

describe('what the booking asks of the money', () => {
  it.each([
    ['AUTHORIZED', 'HELD', null],
    ['AUTHORIZED', 'CONFIRMED', { step: 'CAPTURE', amountMinor: 4500n }],
    ['CONFIRMED', 'CONFIRMED', { step: 'CAPTURE', amountMinor: 4500n }],
    ['AUTHORIZED', 'REFUSED', { step: 'VOID' }],
    ['VOIDING', 'REFUSED', { step: 'VOID' }],
    ['REQUIRES_ACTION', 'HELD', null],
    ['REQUIRES_ACTION', 'REFUSED', { step: 'VOID' }],
    ['CAPTURED', 'CONFIRMED', null],
    ['CAPTURED', 'COMPLETED', { step: 'EARN' }],
    ['CAPTURED', 'REFUSED', { step: 'REFUND', amountMinor: 4500n, cause: 'BOOKING_REFUSED' }],
    ['CAPTURING', 'CANCELLED', null],
    ['FAILED', 'CONFIRMED', null],
    ['VOIDED', 'CONFIRMED', null],
  ] as const)('%s and %s', (status, outcome, step) => {
    expect(nextStep(situation(status, outcome))).toEqual(step);
  });

  it('counts what staff gave back already towards what the policy gives back', () => {
    const before = situation('CAPTURED', 'CANCELLED', { refundPercent: 50 });
    before.payment.refundedMinor = 2000n;
    expect(nextStep(before)).toEqual({ step: 'REFUND', amountMinor: 250n, cause: 'BOOKING_CANCELLED' });
    before.payment.refundedMinor = 3000n;
    expect(nextStep(before)).toEqual({ step: 'EARN' });
  });

  it('gives nothing back for a charge that the bank disputes, nor a second time for one cause', () => {
    const disputed = situation('CAPTURED', 'CANCELLED', { refundPercent: 100 });
    disputed.payment.disputedMinor = 4500n;
    expect(nextStep(disputed)).toEqual({ step: 'EARN' });
    const again = situation('CAPTURED', 'CANCELLED', {
      refundPercent: 100,
      refundCauses: ['BOOKING_CANCELLED'],
    });
    expect(nextStep(again)).toEqual({ step: 'EARN' });
  });

  it('stops by itself after three definitive refusals', () => {
    expect(nextStep(situation('CONFIRMED', 'CONFIRMED', { refusals: 3 }))).toBeNull();
  });
});

describe('a percentage of an amount', () => {
  it('is a whole number of steps, and the half step goes to the client', () => {
    expect(percentOf(4500n, 33, 1n)).toBe(1485n);
    expect(percentOf(101n, 50, 1n)).toBe(51n);
    expect(percentOf(1010n, 50, 10n)).toBe(510n);
    expect(percentOf(999n, 100, 1n)).toBe(999n);
    expect(percentOf(999n, 0, 1n)).toBe(0n);
  });
});
