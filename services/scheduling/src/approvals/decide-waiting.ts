import type { Transaction } from '@kept/database';
import { actorOf } from '../audit/actor.ts';
import type { Booking } from '../bookings/booking.ts';
import { changeBooking } from '../bookings/change-booking.ts';
import { violationOf, type PolicyViolation, type SlotUnavailable } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import type { Scheduling } from '../scheduling.ts';
import type { Deciding } from './decide-booking.ts';

/** What each verb decides about: unusual bookings are looked at where all that speaks for and against them stands. */
const WAITING = { decide: 'PENDING_APPROVAL', review: 'PENDING_REVIEW' } as const;

interface Verdict<R extends string | null> {
  readonly verb: keyof typeof WAITING;
  readonly operation: string;
  readonly input: { bookingId: string; expectedVersion: number; idempotencyKey: string };
  readonly reason: R;
  readonly pass: (
    tx: Transaction,
    scheduling: Scheduling,
    deciding: Deciding & { reason: R },
  ) => Promise<Booking | PolicyViolation | SlotUnavailable>;
}

interface Decided {
  __typename: 'BookingDecided';
  booking: Booking | null;
}

/** A person of the business decides about a booking that waits for them: yes or no is `pass`, `grantBooking` or `declineBooking`. */
export async function decideWaiting<R extends string | null>(
  context: SchedulingContext,
  { verb, operation, input, reason, pass }: Verdict<R>,
) {
  const { caller, scheduling } = context;
  const outcome = await changeBooking<{ bookingId: string }, PolicyViolation | SlotUnavailable>(
    context,
    { verb, operation, input, more: { reason } },
    async ({ tx, booking, now, notDone }) => {
      if (booking.status !== WAITING[verb]) throw notDone(violationOf('NOT_ACTIVE'));
      const decidedBy = caller.accountId ?? '';
      const decided = await pass(tx, scheduling, {
        booking,
        decidedBy,
        actor: actorOf(caller),
        reason,
        now,
      });
      if ('__typename' in decided) throw notDone(decided);
      return { bookingId: booking.id };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  return { __typename: 'BookingDecided', booking: outcome.booking } satisfies Decided;
}
