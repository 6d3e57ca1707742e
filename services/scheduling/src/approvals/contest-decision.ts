import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { Booking } from '../bookings/booking.ts';
import { changeBooking } from '../bookings/change-booking.ts';
import { violationOf, type PolicyViolation } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readFreeText } from '../intake/mask-notes.ts';
import type { ContestDecisionInput } from '../schema-types.ts';
import { BookingDecision } from './booking-decision.ts';
import { decisionPlace } from './decision-texts.ts';

interface Contested {
  __typename: 'DecisionContested';
  booking: Booking | null;
}

/** Somebody who was declined asks for another person to look again (GDPR Article 22(3)). Managers see it; nothing else changes. */
export async function contestDecision(context: SchedulingContext, input: ContestDecisionInput) {
  const { caller, scheduling } = context;
  const statement = readFreeText(input.statement, { field: 'statement', lengthMax: 1000 });
  const outcome = await changeBooking<{ bookingId: string }, PolicyViolation>(
    context,
    { verb: 'contest', operation: 'contestDecision', input, more: { statement } },
    async ({ tx, booking, now, notDone }) => {
      if (booking.status !== 'DECLINED' || booking.decisionId === null)
        throw notDone(violationOf('NOT_ACTIVE'));
      const { decisionId: id, clientId } = booking;
      const decision = await tx.manager.findOneOrFail(BookingDecision, { where: { id } });
      if (decision.contestedAt !== null) throw notDone(violationOf('ALREADY_CONTESTED'));
      const place = decisionPlace({ id, clientId }, 'contest');
      const contest = statement === null ? null : await scheduling.keyring.seal(tx, place, statement);
      await tx.manager.update(BookingDecision, { id }, { contestedAt: now, contest });
      await recordChange(tx, {
        actor: actorOf(caller),
        action: 'decision_contested',
        subject: { type: 'Booking', id: booking.id },
        dataSubjectId: clientId,
        at: now,
      });
      return { bookingId: booking.id };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  return { __typename: 'DecisionContested', booking: outcome.booking } satisfies Contested;
}
