/** How a booking comes to be found odd, and what managers do about it, for tests. */
import type { Caller } from '@kept/passport';
import { CONFIRM, hold, mutate, type Answer } from '../operations-for-tests.ts';
import { onClientFlagged } from './on-client-flagged.ts';
import type { TestBusiness, TestScheduling } from '../scheduling-for-tests.ts';

const DECIDED = `__typename ... on BookingDecided { booking { id status version } } ... on PolicyViolation { code message }
  ... on SlotUnavailable { message } ... on VersionConflict { currentVersion } ... on IdempotencyConflict { message }`;
export const APPROVE_REVIEWED = `mutation ($input: ApproveReviewedInput!) { approveReviewed(input: $input) { ${DECIDED} } }`;
export const DENY_REVIEWED = `mutation ($input: DenyReviewedInput!) { denyReviewed(input: $input) { ${DECIDED} } }`;
export const QUEUE = `{ reviewQueue { score rulesVersion decideBy runbook reasons { code sentence } booking { id status version } } }`;
export const SET_POLICY = `mutation ($input: SetReviewPolicyInput!) { setReviewPolicy(input: $input) { __typename
  ... on ReviewPolicySet { policy { decideWithinMinutes whenOverdue version } } ... on VersionConflict { currentVersion }
  ... on IdempotencyConflict { message } } }`;

/** A client whom the rules find odd: a mailbox for minutes, and two appointments they did not come to. */
export async function oddClient(test: TestScheduling, business: TestBusiness): Promise<Caller> {
  const client = await business.client();
  const clientId = client.accountId ?? '';
  await test.database.transaction(business.organizationId, async (tx) => {
    await onClientFlagged(tx, { clientId, reason: 'DISPOSABLE_ADDRESS' }, test.clock());
    await tx.query(
      `INSERT INTO booking (id, organization_id, client_id, provider_id, service_id, status, version, starts_at, ends_at,
         time_zone, held_until, buffer_before_minutes, buffer_after_minutes, cancellation_window_minutes,
         reschedule_window_minutes, reschedules_max, reschedule_count, price_minor, currency, created_at)
       SELECT gen_random_uuid(), $1, $2, $3, $4, 'NO_SHOW', 1, $5::timestamptz - n * interval '3 days',
         $5::timestamptz - n * interval '3 days' + interval '1 hour', 'Europe/London', $5, 0, 0, 0, 0, 0, 0, 0, 'GBP',
         $5::timestamptz - interval '20 days' FROM generate_series(1, 2) AS n`,
      [business.organizationId, clientId, business.providerId, business.serviceId, test.clock()],
    );
  });
  return client;
}

/** Holds and confirms a slot; what became of the booking. */
export async function bookAnyway(
  test: TestScheduling,
  client: Caller,
  slot: Parameters<typeof hold>[2],
): Promise<{ id: string; status: string; version: number }> {
  const held = await hold(test, client, slot);
  if (held.__typename !== 'SlotHold') throw new Error(`not held: ${JSON.stringify(held)}`);
  const confirmed = await mutate(test, client, { query: CONFIRM, input: { holdId: held['id'] } });
  return confirmed['booking'] as never;
}

/** The queue as somebody sees it. */
export async function queueOf(test: TestScheduling, caller: Caller): Promise<Answer[]> {
  const { data } = await test.ask(caller, QUEUE);
  return (data?.['reviewQueue'] ?? []) as Answer[];
}
