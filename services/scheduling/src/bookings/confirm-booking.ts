import { mayRead } from '@kept/access-policy';
import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { noticeRefusals } from '../audit/notice-refusals.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { ConfirmBookingInput, Money } from '../schema-types.ts';
import { needIntake } from '../intake/intake-answers.ts';
import { settle } from '../settle.ts';
import { acceptHold } from './accept-hold.ts';
import type { Booking } from './booking.ts';
import { demandProof, rememberHabit } from './demand-proof.ts';
import { demandVerb, findBooking } from './find-booking.ts';
import { lockHold } from './lock-hold.ts';
import { holdExpired, violationOf, type HoldExpired, type PolicyViolation } from './violations.ts';

interface Confirmed {
  __typename: 'BookingConfirmed' | 'BookingRequested';
  booking: Booking | null;
}
interface PaymentRequired {
  __typename: 'PaymentRequired';
  message: string;
  depositDue: Money;
}

/** Makes a booking of a hold for which nothing is to be paid. With a deposit, the payment does it. */
export function confirmBooking(context: SchedulingContext, input: ConfirmBookingInput) {
  const holdId = readId(input.holdId, 'holdId');
  const { caller, scheduling } = context;
  const attempt = { operation: 'confirmBooking', subject: { type: 'SlotHold', id: holdId } } as const;
  return noticeRefusals(context, attempt, () =>
    settle<Confirmed, HoldExpired | PaymentRequired | PolicyViolation>((notDone) =>
      inOrganization(context, async (tx) => {
        const request = {
          actor: caller.accountId ?? '',
          operation: 'confirmBooking',
          key: input.idempotencyKey,
        };
        let accepted: Booking | HoldExpired | null = null;
        const { bookingId } = await onceByKey(tx, { ...request, request: { holdId } }, async () => {
          const now = context.clock();
          const found = await lockHold(tx, holdId);
          if (found === null || !mayRead(context.ability, 'Booking', found.booking))
            throw refused.notFound('hold');
          const { hold, booking } = found;
          demandVerb(context.ability, 'confirm', booking);
          if (hold.status === 'CONSUMED') return { bookingId: booking.id };
          if (!hold.isLiveAt(now)) throw notDone(holdExpired);
          if ((await needIntake(tx, [booking.id])).size > 0) throw notDone(violationOf('INTAKE_REQUIRED'));
          if (booking.depositMinor !== null)
            throw notDone(paymentRequired(booking.depositMinor, booking.currency));
          const { serviceId, seats, startsAt } = booking;
          await demandProof(tx, { caller, serviceId, seats, startsAt, now });
          const actor = actorOf(caller);
          accepted = await acceptHold(tx, scheduling, { hold, booking, actor, now, intakeSeen: true });
          if ('__typename' in accepted) throw notDone(accepted);
          await rememberHabit(tx, { caller, now });
          return { bookingId: booking.id };
        });
        const booking = accepted ?? (await findBooking(tx, bookingId));
        const waits = booking?.isUndecided() === true;
        return { __typename: waits ? 'BookingRequested' : 'BookingConfirmed', booking };
      }),
    ),
  );
}

function paymentRequired(amountMinor: number, currency: string): PaymentRequired {
  return {
    __typename: 'PaymentRequired',
    message: 'A deposit is due. This appointment is confirmed as soon as it is authorised.',
    depositDue: { amountMinor, currency },
  };
}
