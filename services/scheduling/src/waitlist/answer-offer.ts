import { may, mayRead } from '@kept/access-policy';
import { onceByKey, type Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { acceptHold } from '../bookings/accept-hold.ts';
import type { Booking } from '../bookings/booking.ts';
import { callOff } from '../bookings/call-off.ts';
import { findBooking } from '../bookings/find-booking.ts';
import { isOfTheirPlaces } from '../bookings/places.ts';
import { lockHold } from '../bookings/lock-hold.ts';
import type { SlotHold } from '../bookings/slot-hold.ts';
import { holdExpired, type HoldExpired } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { AnswerOfferInput, Money } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { findEntry, findOffer, type Entry, type Offer } from './entry.ts';

interface PaymentRequired {
  __typename: 'PaymentRequired';
  message: string;
  depositDue: Money;
}

/** Takes the time that is kept for somebody who waited. With a deposit, the payment does it. */
export function acceptOffer(context: SchedulingContext, input: AnswerOfferInput) {
  const offerId = readId(input.offerId, 'offerId');
  const { scheduling } = context;
  return settle<{ __typename: 'OfferAccepted'; booking: Booking | null }, HoldExpired | PaymentRequired>(
    (notDone) =>
      inOrganization(context, async (tx) => {
        const request = { ...askedBy(context, 'acceptOffer', input.idempotencyKey), request: { offerId } };
        const { bookingId } = await onceByKey(tx, request, async () => {
          const now = context.clock();
          const { hold, booking } = await lockOffer(tx, context, offerId);
          if (hold.status === 'CONSUMED') return { bookingId: booking.id };
          if (!hold.isLiveAt(now)) throw notDone(holdExpired);
          if (booking.depositMinor !== null)
            throw notDone(paymentRequired(booking.depositMinor, booking.currency));
          const actor = actorOf(context.caller, { channel: 'WAITLIST' });
          const accepted = await acceptHold(tx, scheduling, { hold, booking, actor, now });
          if ('message' in accepted) throw notDone(accepted);
          return { bookingId: booking.id };
        });
        return { __typename: 'OfferAccepted', booking: await findBooking(tx, bookingId) };
      }),
  );
}

/** Lets the time go to the next in line; the client waits on, in their place. */
export function declineOffer(context: SchedulingContext, input: AnswerOfferInput) {
  const offerId = readId(input.offerId, 'offerId');
  const { scheduling, caller } = context;
  return settle<{ __typename: 'OfferDeclined'; entry: Entry | null }, HoldExpired>((notDone) =>
    inOrganization(context, async (tx) => {
      const request = { ...askedBy(context, 'declineOffer', input.idempotencyKey), request: { offerId } };
      const { entryId } = await onceByKey(tx, request, async () => {
        const now = context.clock();
        const { hold, booking, offer } = await lockOffer(tx, context, offerId);
        if (!hold.isLiveAt(now)) throw notDone(holdExpired);
        const actor = actorOf(caller, { channel: 'WAITLIST' });
        const by = caller.kind === 'STAFF' ? 'STAFF' : 'CLIENT';
        await callOff(tx, scheduling, { booking, by, actor, reason: null, refundPercent: 100, now });
        return { entryId: offer.entryId };
      });
      return { __typename: 'OfferDeclined', entry: await findEntry(tx, entryId) };
    }),
  );
}

const askedBy = ({ caller }: SchedulingContext, operation: string, key: string) => ({
  actor: caller.accountId ?? '',
  operation,
  key,
});

/** An offer that the caller may answer, its booking and hold kept from changing. What others were offered does not exist. */
async function lockOffer(
  tx: Transaction,
  { ability, caller }: SchedulingContext,
  offerId: string,
): Promise<{ offer: Offer; hold: SlotHold; booking: Booking }> {
  const offer = await findOffer(tx, offerId);
  const entry = offer && (await findEntry(tx, offer.entryId));
  const isThere = offer !== null && isOfTheirPlaces(caller, offer);
  if (!isThere || entry === null || !mayRead(ability, 'WaitlistEntry', entry))
    throw refused.notFound('offer');
  if (!may(ability, 'answer', 'WaitlistEntry', entry)) throw refused.forbidden();
  const found = await lockHold(tx, offer.holdId);
  invariant(found, 'an offer has its hold as long as it exists');
  return { offer, ...found };
}

function paymentRequired(amountMinor: number, currency: string): PaymentRequired {
  return {
    __typename: 'PaymentRequired',
    message: 'A deposit is due. The time is yours as soon as it is authorised.',
    depositDue: { amountMinor, currency },
  };
}
