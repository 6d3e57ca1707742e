/** The hole: a private route that answers whoever reaches the port gives out calendars without the gateway's limits and records. */
import { callerOf, passportFor, testPassportKey } from '@kept/testing';
import type { HttpAnswer } from '@kept/subgraph-kit';
import { randomUUID } from 'node:crypto';
import { mutate } from '../operations-for-tests.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { feedRoute } from './feed-route.ts';

const CREATE = `mutation ($input: CreateCalendarFeedInput!) { createCalendarFeed(input: $input) { __typename
  ... on CalendarFeedOpened { path } } }`;

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

const GATEWAY = callerOf({ kind: 'SERVICE', organizationId: null, operationName: 'calendar-feed' });

async function ask(text: string, caller = GATEWAY, signed = text): Promise<HttpAnswer> {
  const route = feedRoute(test.scheduling, [testPassportKey('scheduling')]);
  expect([route.method, route.path]).toEqual(['POST', '/calendar-feed']);
  const passport = passportFor({ caller, service: 'scheduling', body: signed, now: test.clock() });
  return (await route.handle({
    body: Buffer.from(text),
    headers: { 'kept-passport': passport },
    query: new URLSearchParams(),
    onGone: () => undefined,
  })) as HttpAnswer;
}

it('[MOB-01] answers its gateway, for this route and this body, and says all that an access record needs', async () => {
  const business = await openBusiness(test);
  const client = await business.client();
  const made = await mutate(test, client, { query: CREATE, input: { idempotencyKey: randomUUID() } });
  const token = String(made['path']).slice('/calendars/'.length, -'.ics'.length);
  const body = JSON.stringify({ token });
  const answer = await ask(body);
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({
    calendar: expect.stringContaining('BEGIN:VCALENDAR'),
    feedId: expect.any(String),
    organizationId: business.organizationId,
    owner: { kind: 'CLIENT', id: client.accountId },
    rows: 0,
  });
  expect((await ask(body, { ...GATEWAY, operationName: 'changes' })).status).toBe(403);
  expect((await ask(body, { ...client, operationName: 'calendar-feed' })).status).toBe(403);
  // A program of a business is of the gateway's kind, and is not the gateway.
  expect((await ask(body, { ...GATEWAY, accountId: randomUUID() })).status).toBe(403);
  expect((await ask(body, GATEWAY, '{}')).status).toBe(401);
});

it('answers every body that names no feed the same', async () => {
  for (const body of [
    '',
    'no json',
    '{}',
    '[]',
    '{"token":1}',
    '{"token":"a"}',
    '{"token":"a","more":1}',
    'null',
  ]) {
    expect([body, (await ask(body)).status]).toEqual([body, 404]);
  }
});
