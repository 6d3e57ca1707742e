/** The operations of a booking's later life, and bookings in every state, for tests. */
import { randomUUID } from 'node:crypto';
import type { BookingStatus } from '../schema-types.ts';
import type { TestBusiness, TestScheduling } from '../scheduling-for-tests.ts';

const BOOKING = 'booking { id status version startsAt endsAt provider { id } checkedInAt }';
const REFUSALS = `... on PolicyViolation { code message } ... on VersionConflict { currentVersion } ... on IdempotencyConflict { message }`;

export const EXTEND = `mutation ($input: ExtendHoldInput!) { extendHold(input: $input) { __typename
  ... on SlotHold { id expiresAt warnAt extensionsLeft quote } ... on HoldExpired { message } ... on LimitReached { limit message }
  ... on IdempotencyConflict { message } } }`;
export const REASSIGN = `mutation ($input: ReassignBookingInput!) { reassignBooking(input: $input) { __typename
  ... on BookingRescheduled { ${BOOKING} } ... on SlotUnavailable { message } ... on LimitReached { limit } ${REFUSALS} } }`;
export const CHECK_IN = `mutation ($input: CloseBookingInput!) { checkIn(input: $input) { __typename
  ... on BookingCheckedIn { ${BOOKING} } ${REFUSALS} } }`;
export const APPROVE = `mutation ($input: ApproveBookingInput!) { approveBooking(input: $input) { __typename
  ... on BookingDecided { ${BOOKING} } ... on SlotUnavailable { message } ${REFUSALS} } }`;
export const DECLINE = `mutation ($input: DeclineBookingInput!) { declineBooking(input: $input) { __typename
  ... on BookingDecided { ${BOOKING} } ... on SlotUnavailable { message } ${REFUSALS} } }`;
export const CONTEST = `mutation ($input: ContestDecisionInput!) { contestDecision(input: $input) { __typename
  ... on DecisionContested { ${BOOKING} } ${REFUSALS} } }`;
export const CANCEL_PREVIEW = `query ($id: ID!) { cancellationPreview(bookingId: $id) { version refundPercent refundFallsAfter
  refusal { code } deposit { amountMinor } refund { amountMinor } kept { amountMinor currency } fee { amountMinor } } }`;
export const MOVE_PREVIEW = `query ($input: ReschedulePreviewInput!) { reschedulePreview(input: $input) { version free startsAt endsAt
  movesLeft movableUntil refusal { code } fee { amountMinor } price { amountMinor } priceThen { amountMinor } } }`;

/** Copies of a booking in a state of one's choice: rows only, as if everything before had happened. */
export async function copyInStatus(
  test: TestScheduling,
  business: TestBusiness,
  copy: { of: string; status: BookingStatus; holdStatus?: string },
): Promise<string> {
  const id = randomUUID();
  const { status } = copy;
  const row: Record<string, unknown> = { id, status, version: 2, history_head: null };
  if (status === 'PENDING_REVIEW' || status === 'PENDING_APPROVAL') row['decide_by'] = '2099-01-01T00:00:00Z';
  if (status === 'DECLINED') row['decision_id'] = randomUUID();
  if (status === 'CANCELLED') row['cancelled_by'] = 'CLIENT';
  if (['UNVERIFIED', 'PENDING_PAYMENT', 'PENDING_CONFIRMATION'].includes(status))
    row['held_until'] = '2099-01-01T00:00:00Z';
  await test.database.transaction(business.organizationId, async (tx) => {
    await tx.query(
      `INSERT INTO booking SELECT r.* FROM booking b, LATERAL jsonb_populate_record(b, $2) AS r WHERE b.id = $1`,
      [copy.of, JSON.stringify(row)],
    );
    await tx.query(
      `INSERT INTO slot_hold (id, organization_id, booking_id, client_id, status, expires_at, created_at)
       SELECT gen_random_uuid(), organization_id, id, client_id, $2, held_until, created_at FROM booking WHERE id = $1`,
      [id, copy.holdStatus ?? 'CONSUMED'],
    );
  });
  return id;
}
