/** The operations of the graph that tests use, and their answers as plain objects. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import type { TestBusiness, TestGraph } from './scheduling-for-tests.ts';

export interface Answer {
  __typename: string;
  [field: string]: unknown;
}

const FIELDS = 'id status version startsAt endsAt';
const CONFLICTS = `... on PolicyViolation { code message } ... on SlotUnavailable { message }
  ... on VersionConflict { message currentVersion } ... on IdempotencyConflict { message }`;

export const HOLD = `mutation ($input: CreateSlotHoldInput!) { createSlotHold(input: $input) { __typename
  ... on SlotHold { id bookingId startsAt endsAt expiresAt quote depositDue { amountMinor currency } }
  ... on SlotUnavailable { message } ... on PolicyViolation { code message } ... on LimitReached { limit message }
  ... on IdempotencyConflict { message } } }`;
export const CONFIRM = `mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { __typename
  ... on BookingConfirmed { booking { ${FIELDS} } } ... on BookingRequested { booking { ${FIELDS} } } ... on HoldExpired { message }
  ... on PaymentRequired { depositDue { amountMinor currency } } ... on PolicyViolation { code message }
  ... on IdempotencyConflict { message } } }`;
export const RELEASE = `mutation ($input: ReleaseSlotHoldInput!) { releaseSlotHold(input: $input) { __typename holdId released } }`;
export const RESCHEDULE = `mutation ($input: RescheduleBookingInput!) { rescheduleBooking(input: $input) { __typename
  ... on BookingRescheduled { booking { ${FIELDS} } } ${CONFLICTS} } }`;
export const CANCEL = `mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename
  ... on BookingCancelled { refundPercent booking { ${FIELDS} } }
  ... on PolicyViolation { code message } ... on VersionConflict { currentVersion } ... on IdempotencyConflict { message } } }`;
const closing = (
  field: string,
): string => `mutation ($input: CloseBookingInput!) { ${field}(input: $input) { __typename
  ... on BookingClosed { booking { ${FIELDS} } }
  ... on PolicyViolation { code message } ... on VersionConflict { currentVersion } ... on IdempotencyConflict { message } } }`;
export const COMPLETE = closing('completeBooking');
export const NO_SHOW = closing('markNoShow');

/** Asks one mutation and gives back its member of the union; refusals throw with code and sentence. */
export async function mutate(
  test: TestGraph,
  caller: Caller,
  operation: { query: string; input: Record<string, unknown> },
): Promise<Answer> {
  const input = { ...operation.input };
  if (operation.query !== RELEASE) input['idempotencyKey'] ??= randomUUID();
  const { data, errors } = await test.ask(caller, operation.query, { input });
  const [error] = errors;
  if (error) throw new Error(`${String(error.extensions?.code)}: ${error.message}`);
  return Object.values(data ?? {})[0] as Answer;
}

/** Holds a slot of a business's only service. */
export function hold(
  test: TestGraph,
  caller: Caller,
  slot: Pick<TestBusiness, 'serviceId' | 'providerId'> & { startsAt: string; [field: string]: unknown },
): Promise<Answer> {
  const { serviceId, providerId, startsAt } = slot;
  const { notes, clientId, idempotencyKey, timeZone } = slot;
  const optional = Object.entries({ notes, clientId, idempotencyKey, timeZone }).filter(
    ([, value]) => value !== undefined,
  );
  return mutate(test, caller, {
    query: HOLD,
    input: { serviceId, providerId, startsAt, ...Object.fromEntries(optional) },
  });
}

/** Holds and confirms; the booking as the graph shows it. */
export async function book(
  test: TestGraph,
  caller: Caller,
  slot: Parameters<typeof hold>[2],
): Promise<{ id: string; version: number; startsAt: string; endsAt: string; status: string }> {
  const held = await hold(test, caller, slot);
  if (held.__typename !== 'SlotHold') throw new Error(`the slot was not held: ${JSON.stringify(held)}`);
  const confirmed = await mutate(test, caller, { query: CONFIRM, input: { holdId: held['id'] } });
  if (confirmed.__typename !== 'BookingConfirmed') throw new Error(`not confirmed: ${confirmed.__typename}`);
  return confirmed['booking'] as never;
}
