/**
 * The hole this keeps closed: a time that is kept for whoever waits is kept for hours. Whoever let three lapse waits no longer, so
 * they joined again, and had the next times kept from everybody else, as often as they liked.
 */
import { randomUUID } from 'node:crypto';
import { mutate } from '../operations-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

const JOIN = `mutation ($input: JoinWaitlistInput!) { joinWaitlist(input: $input) { __typename
  ... on LimitReached { limit message } } }`;

it('who lets offers lapse in one entry after the other joins no further one for a month', async () => {
  const { serviceId, organizationId, ...business } = await openBusiness(test);
  const client = await business.client();
  const join = async (): Promise<string> => {
    const windows = [{ from: '2027-03-20', to: '2027-03-21' }];
    const input = { serviceId, windows, idempotencyKey: randomUUID() };
    return (await mutate(test, client, { query: JOIN, input })).__typename;
  };
  // As the offers that nobody answered leave an entry (settle-offer.ts).
  const lapse = () =>
    test.database.transaction(organizationId, (tx) =>
      tx.query(`UPDATE waitlist_entry SET lapses = 3, status = 'ENDED' WHERE status = 'WAITING'`),
    );
  for (const _entry of ['first', 'second']) {
    expect(await join()).toBe('WaitlistJoined');
    await lapse();
  }
  expect(await join()).toBe('LimitReached');
  test.clock.advance(30 * 86_400_000 + 60_000);
  expect(await join()).toBe('WaitlistJoined');
});
