/**
 * The hole this keeps closed: changes by a manage link are nobody's. Somebody at the front desk made a link for each
 * appointment of the week and called all of them off by these: no account had changed anything, and nobody was told.
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { copyInStatus } from '../bookings/life-for-tests.ts';
import { book, mutate } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

const CREATE = `mutation ($input: CreateManageLinkInput!) { createManageLink(input: $input) { __typename
  ... on ManageLinkCreated { token } } }`;

it('[DET-03] who makes links for a great many appointments is noticed as if they had changed them', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const { id: of } = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  const alerts = () => eventsOf(test.database, business.organizationId, 'alert.raised');
  const make = async (caller: Caller, count: number): Promise<void> => {
    for (let made = 0; made < count; made += 1) {
      const bookingId = await copyInStatus(test, business, { of, status: 'CONFIRMED' });
      const input = { bookingId, idempotencyKey: randomUUID() };
      expect(await mutate(test, caller, { query: CREATE, input })).toMatchObject({
        __typename: 'ManageLinkCreated',
      });
    }
  };
  const desk = business.staff('FRONT_DESK');
  await make(desk, 24);
  test.clock.advance(5 * 60_000);
  await make(client, 7);
  expect(await alerts()).toEqual([]);
  await make(desk, 2);
  expect(await alerts()).toMatchObject([
    { reason: 'unusual_changes', parameters: { kind: 'BULK_CHANGES', count: '25', actor: desk.accountId } },
  ]);
  await make(client, 1);
  expect(await alerts()).toHaveLength(2);
  // What was made longer ago does not count.
  test.clock.advance(60 * 60_000);
  await make(desk, 20);
  expect(await alerts()).toHaveLength(2);
});
