import type { Transaction } from '@kept/database';
import { In, IsNull, Not } from 'typeorm';
import { Booking } from '../bookings/booking.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount } from '../input.ts';
import { inOrganization } from '../scheduling.ts';
import { BookingDecision } from './booking-decision.ts';
import { decisionPlace } from './decision-texts.ts';

/** A decision as people read it, with the client and the provider it is about, by whom access is decided. */
export type ShownDecision = Omit<BookingDecision, 'reason' | 'contest' | 'decidedBy'> & {
  clientId: string;
  providerId: string;
  decidedBy: { __typename: 'StaffMember'; id: string };
  reason: string | null;
  contest: string | null;
};

/** What was decided about a booking, in order. */
export function findDecisions(context: SchedulingContext, booking: Booking): Promise<ShownDecision[]> {
  return inOrganization(context, async (tx) => {
    const where = { bookingId: booking.id };
    const decisions = await tx.manager.find(BookingDecision, { where, order: { decidedAt: 'ASC' } });
    return show(tx, context, decisions);
  });
}

/** The decisions that clients contested, newest first. */
export function findContested(context: SchedulingContext, first: number): Promise<ShownDecision[]> {
  const take = readCount(first, { field: 'first', min: 1, max: 100 });
  return inOrganization(context, async (tx) => {
    const where = { contestedAt: Not(IsNull()) };
    const decisions = await tx.manager.find(BookingDecision, { where, order: { contestedAt: 'DESC' }, take });
    return show(tx, context, decisions);
  });
}

/** The requests that wait for a decision, the most urgent first; providers are shown their own. */
export function findBookingsToDecide(context: SchedulingContext, first: number): Promise<Booking[]> {
  const take = readCount(first, { field: 'first', min: 1, max: 100 });
  const { caller } = context;
  const all = caller.roles.some((role) => role === 'FRONT_DESK' || role === 'MANAGER');
  return inOrganization(context, (tx) =>
    tx.manager.find(Booking, {
      where: { status: 'PENDING_APPROVAL', ...(!all && { providerId: caller.accountId ?? '' }) },
      order: { decideBy: 'ASC', id: 'ASC' },
      take,
    }),
  );
}

async function show(
  tx: Transaction,
  { scheduling }: SchedulingContext,
  decisions: readonly BookingDecision[],
): Promise<ShownDecision[]> {
  const ids = [...new Set(decisions.map(({ bookingId }) => bookingId))];
  const bookings = ids.length === 0 ? [] : await tx.manager.find(Booking, { where: { id: In(ids) } });
  const byId = new Map(bookings.map((booking) => [booking.id, booking]));
  const named = decisions.map((decision) => ({
    decision,
    clientId: byId.get(decision.bookingId)?.clientId ?? '',
    providerId: byId.get(decision.bookingId)?.providerId ?? '',
  }));
  const texts = await scheduling.keyring.openMany(
    tx,
    named.flatMap(({ decision: { id, reason, contest }, clientId }) => [
      { place: decisionPlace({ id, clientId }, 'reason'), envelope: reason },
      { place: decisionPlace({ id, clientId }, 'contest'), envelope: contest },
    ]),
  );
  return named.map(({ decision, clientId, providerId }, index) => ({
    ...decision,
    clientId,
    providerId,
    decidedBy: { __typename: 'StaffMember', id: decision.decidedBy },
    reason: texts[index * 2] ?? null,
    contest: texts[index * 2 + 1] ?? null,
  }));
}
