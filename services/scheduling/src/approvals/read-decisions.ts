import type { Transaction } from '@kept/database';
import { In } from 'typeorm';
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
    const { locations, accountId } = context.caller;
    const places =
      'SELECT b.id FROM booking b WHERE b.location_id = ANY (:locations) OR b.provider_id = :accountId';
    const contested = tx.manager
      .createQueryBuilder(BookingDecision, 'decision')
      .where('decision.contestedAt IS NOT NULL')
      .orderBy('decision.contestedAt', 'DESC')
      .take(take);
    if (locations !== null) contested.andWhere(`decision.bookingId IN (${places})`, { locations, accountId });
    const decisions = await contested.getMany();
    return show(tx, context, decisions);
  });
}

/** The requests that wait for a decision, the most urgent first; providers are shown their own. */
export function findBookingsToDecide(context: SchedulingContext, first: number): Promise<Booking[]> {
  const take = readCount(first, { field: 'first', min: 1, max: 100 });
  const { caller } = context;
  const all = caller.roles.some((role) => role === 'FRONT_DESK' || role === 'MANAGER');
  const status = 'PENDING_APPROVAL' as const;
  const own = { status, providerId: caller.accountId ?? '' };
  const { locations } = caller;
  // One condition per line, any of which holds: those of their places, and their own.
  const everybodys = locations === null ? { status } : [{ status, locationId: In(locations) }, own];
  const waiting = all ? everybodys : own;
  return inOrganization(context, (tx) =>
    tx.manager.find(Booking, {
      where: waiting,
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
