import { In } from 'typeorm';
import { Booking } from '../bookings/booking.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount } from '../input.ts';
import { inOrganization } from '../scheduling.ts';
import type { SuspicionCode } from './judge-booking.ts';

/** A booking that waits for a manager, and why. */
export interface OpenReview {
  readonly booking: Booking;
  readonly score: number;
  readonly rulesVersion: number;
  readonly reasons: { code: SuspicionCode; sentence: string }[];
  readonly openedAt: Date;
  readonly decideBy: Date;
  readonly runbook: string;
}

interface ReviewRow {
  bookingId: string;
  score: number;
  rulesVersion: number;
  reasons: SuspicionCode[];
  openedAt: Date;
  decideBy: Date;
}

const SENTENCES: Readonly<Record<SuspicionCode, string>> = {
  VELOCITY: 'The client made very many bookings within the last hour or day.',
  DISPOSABLE_ADDRESS: 'The client’s address is of a kind that is handed out for minutes.',
  FAR_AWAY: 'A visit in person was asked for from a part of the world many hours away.',
  REPEATED_NO_SHOW: 'The client did not come to several appointments within half a year.',
  BUSY_NETWORK: 'Very many requests without an account came from the same network today.',
  MANY_PEOPLE: 'The client named many different people within a month.',
  NEW_ACCOUNT: 'The client’s account is less than an hour old.',
};

// What to do stands where operators look for it; see the sections of these names.
const RUNBOOK = 'docs/operations.md#unusual-bookings';
const RUNBOOK_PEOPLE = 'docs/operations.md#one-person-books-for-many';

/** What waits for a manager, the most urgent first. */
export function readReviewQueue(context: SchedulingContext, first: number): Promise<OpenReview[]> {
  const limit = readCount(first, { field: 'first', min: 1, max: 100 });
  const { locations, accountId } = context.caller;
  return inOrganization(context, async (tx) => {
    const rows = await tx.query<ReviewRow>(
      `SELECT booking_id AS "bookingId", score, rules_version AS "rulesVersion", reasons, opened_at AS "openedAt",
              decide_by AS "decideBy"
       FROM booking_review r WHERE organization_id = $1 AND state = 'OPEN' AND ($3::uuid[] IS NULL OR EXISTS
         (SELECT FROM booking b WHERE b.id = r.booking_id AND (b.location_id = ANY ($3) OR b.provider_id = $4)))
       ORDER BY decide_by, booking_id LIMIT $2`,
      [tx.organizationId, limit, locations, accountId],
    );
    const bookings = await tx.manager.find(Booking, {
      where: { id: In(rows.map(({ bookingId }) => bookingId)) },
    });
    const byId = new Map(bookings.map((booking) => [booking.id, booking]));
    return rows.flatMap(({ bookingId, reasons, ...review }) => {
      const booking = byId.get(bookingId);
      if (booking === undefined) return [];
      const said = reasons.map((code) => ({ code, sentence: SENTENCES[code] }));
      const runbook = reasons.includes('MANY_PEOPLE') ? RUNBOOK_PEOPLE : RUNBOOK;
      return [{ ...review, booking, reasons: said, runbook }];
    });
  });
}
