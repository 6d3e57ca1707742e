/**
 * The hole this keeps closed: a machine that empties a calendar, or fills it, without being anybody. Work is done for each
 * request, once; what one network, one service and one business can have kept is bounded; a slot belongs to whoever holds
 * its token; and people who sign in are not hindered by any of it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { hold, mutate, type Answer } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { countRequest, REQUESTS_MAX } from './count-requests.ts';
import { LIVE_MAX } from './live-requests.ts';
import { readLoad } from './spend-proof.ts';
import { CLAIM, claim, earnProof, REQUEST, request } from './requests-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 10 });
});
beforeEach(async () => {
  business = await openBusiness(test);
});
afterAll(() => test.stop());

const REPLAYS = process.env['KEPT_NIGHTLY'] === undefined ? 1_000 : 5_000;
const from = (networkAddress: string | null) => ({ ...business.anonymous(), networkAddress });
/** Half hours of one working day and the days after it. */
const slotNumber = (index: number): string =>
  new Date(
    Date.parse('2027-02-03T08:00:00.000Z') + Math.floor(index / 11) * 86_400_000 + (index % 11) * 3_600_000,
  ).toISOString();
const kept = async (): Promise<{ bookings: number; held: number; requests: number }> => {
  const [row] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ bookings: number; held: number; requests: number }>(
      `SELECT (SELECT count(*)::int FROM booking) AS bookings, (SELECT count(*)::int FROM allocation) AS held,
              (SELECT count(*)::int FROM slot_request) AS requests`,
    ),
  );
  if (row === undefined) throw new Error('counts are always there');
  return row;
};
const outcome = ({ __typename, reason }: Answer): string =>
  typeof reason === 'string' ? `${__typename} ${reason}` : __typename;
const attempt = (work: Promise<Answer>): Promise<string> =>
  work.then(outcome, (error: Error) => error.message.split(':', 1)[0] ?? '');
const tally = (outcomes: readonly string[]) => {
  const counts: Record<string, number> = {};
  for (const name of outcomes) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

it(`[BOK-03] one proof shown ${REPLAYS} times keeps one slot; people are not hindered meanwhile`, async () => {
  const proof = await earnProof(test, from('203.0.113.9'));
  const outcomes: string[] = [];
  let person: Promise<Answer> | undefined;
  let signedIn: Promise<Answer> | undefined;
  for (let sent = 0; sent < REPLAYS; sent += 50) {
    const wave = Array.from({ length: 50 }, (_, index) =>
      attempt(
        request(test, from(`203.0.113.${(sent / 50) % 250}`), {
          ...business,
          startsAt: slotNumber(sent + index),
          proof,
        }),
      ),
    );
    if (sent === 500) {
      person = request(test, from('198.51.100.20'), { ...business, startsAt: '2027-03-01T09:00:00.000Z' });
      signedIn = hold(test, await business.client(), { ...business, startsAt: '2027-03-01T11:00:00.000Z' });
    }
    outcomes.push(...(await Promise.all(wave)));
  }
  const { SlotRequested: accepted, ...refused } = tally(outcomes);
  expect(accepted).toBe(1);
  expect(Object.keys(refused).toSorted()).toEqual(
    ['ProofRefused SPENT', 'RATE_LIMITED'].filter((name) => name in refused),
  );
  expect(await person).toMatchObject({ __typename: 'SlotRequested' });
  expect(await signedIn).toMatchObject({ __typename: 'SlotHold' });
  expect(await kept()).toEqual({ bookings: 3, held: 3, requests: 2 });
});

it('[BOK-03] a machine that does the work each time keeps no more than a network may, and pays more and more', async () => {
  const outcomes: string[] = [];
  for (let sent = 0; sent < REQUESTS_MAX.NETWORK + 10; sent += 5) {
    const wave = Array.from({ length: 5 }, async (_, index) =>
      attempt(
        request(test, from('2001:db8:1:2::'.concat(String(sent + index))), {
          ...business,
          startsAt: slotNumber(sent + index),
        }),
      ),
    );
    outcomes.push(...(await Promise.all(wave)));
  }
  expect(tally(outcomes)).toEqual({
    SlotRequested: LIVE_MAX.network,
    LimitReached: REQUESTS_MAX.NETWORK - LIVE_MAX.network,
    RATE_LIMITED: 10,
  });
  expect(await kept()).toMatchObject({ bookings: LIVE_MAX.network, requests: LIVE_MAX.network });
  expect(
    await request(test, from('198.51.100.20'), { ...business, startsAt: '2027-03-01T09:00:00.000Z' }),
  ).toMatchObject({ __typename: 'SlotRequested' });
  // 31 proofs within ten minutes: the next one is twice the work.
  expect(await test.database.transaction(business.organizationId, (tx) => readLoad(tx, test.clock()))).toBe(
    REQUESTS_MAX.NETWORK + 1,
  );
});

it('[BOK-03] very many networks together keep no more than the service may, and people who sign in still book', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: LIVE_MAX.service + 5 }, (_, index) =>
      attempt(request(test, from(`203.0.113.${index}`), { ...business, startsAt: slotNumber(index) })),
    ),
  );
  expect(tally(outcomes)).toEqual({ SlotRequested: LIVE_MAX.service, LimitReached: 5 });
  const client = await business.client();
  expect(await hold(test, client, { ...business, startsAt: slotNumber(40) })).toMatchObject({
    __typename: 'SlotHold',
  });
});

it('[BOK-02] without valid work nothing is done: the same for no proof, a forged, a foreign, a late and a spent one', async () => {
  const elsewhere = await openBusiness(test);
  const foreign = await earnProof(test, elsewhere.anonymous());
  const spent = await earnProof(test, from('198.51.100.1'));
  await request(test, from('198.51.100.1'), { ...business, startsAt: slotNumber(0), proof: spent });
  const late = await earnProof(test, from('198.51.100.1'));
  test.clock.advance(10 * 60_000);
  const before = await kept();
  for (const [proof, reason] of [
    ['', 'INVALID'],
    ['A'.repeat(200_000), 'INVALID'],
    [foreign, 'INVALID'],
    [late, 'EXPIRED'],
  ] as const) {
    const answer = await request(test, from('198.51.100.1'), { ...business, startsAt: slotNumber(1), proof });
    expect(answer).toMatchObject({ __typename: 'ProofRefused', reason });
    expect(String(answer['message'])).toMatch(/^.{10,160}\.$/);
  }
  test.clock.advance(-5 * 60_000);
  expect(
    await request(test, from('198.51.100.1'), { ...business, startsAt: slotNumber(1), proof: spent }),
  ).toMatchObject({ reason: 'SPENT' });
  expect(await kept()).toEqual(before);
});

it('[BOK-03] one proof in a race for many slots has one, and a proof that failed is not tried on others', async () => {
  const proof = await earnProof(test, from('198.51.100.2'));
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      attempt(
        request(test, from(`198.51.100.${index}`), { ...business, startsAt: slotNumber(index), proof }),
      ),
    ),
  );
  expect(tally(outcomes)).toEqual({ SlotRequested: 1, 'ProofRefused SPENT': 9 });
  const again = await earnProof(test, from('198.51.100.2'));
  const night = await request(test, from('198.51.100.2'), {
    ...business,
    startsAt: '2027-02-03T03:00:00.000Z',
    proof: again,
  });
  expect(night).toMatchObject({ __typename: 'PolicyViolation', code: 'OUTSIDE_WORKING_HOURS' });
  expect(
    await request(test, from('198.51.100.2'), { ...business, startsAt: slotNumber(20), proof: again }),
  ).toMatchObject({ reason: 'SPENT' });
});

it('[BOK-01] a slot belongs to whoever holds its token: guesses, other tokens and late-comers hear that there is none', async () => {
  const requested = await request(test, from('198.51.100.3'), { ...business, startsAt: slotNumber(0) });
  const other = await request(test, from('198.51.100.4'), { ...business, startsAt: slotNumber(1) });
  const client = await business.client();
  const refusalOf = (claimToken: unknown, holdId: unknown = requested['holdId']) =>
    mutate(test, client, { query: CLAIM, input: { holdId, claimToken } }).catch(String);
  const unknown = await refusalOf(requested['claimToken'], randomUUID());
  expect(unknown).toContain('NOT_FOUND');
  for (const wrong of [
    '',
    'A'.repeat(43),
    other['claimToken'],
    `${String(requested['claimToken'])}=`,
    'x'.repeat(100_000),
  ])
    expect(await refusalOf(wrong)).toBe(unknown);
  const elsewhere = await openBusiness(test);
  await expect(claim(test, await elsewhere.client(), requested)).rejects.toThrow('NOT_FOUND');
  await expect(claim(test, business.staff('MANAGER'), requested)).rejects.toThrow('UNAUTHORIZED');
  const winners = await Promise.all(
    [await business.client(), await business.client(), await business.client()].map((caller) =>
      attempt(claim(test, caller, requested)),
    ),
  );
  expect(tally(winners)).toEqual({ SlotHold: 1, NOT_FOUND: 2 });
});

it('[BOK-01] a token lies nowhere in the database in a form that opens anything', async () => {
  const requested = await request(test, from('198.51.100.3'), { ...business, startsAt: slotNumber(0) });
  const token = String(requested['claimToken']);
  expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  const rows = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ all: string; digest: Buffer }>(
      `SELECT (SELECT json_agg(k)::text FROM idempotency_key k) || (SELECT json_agg(o)::text FROM outbox o
         WHERE o.organization_id = r.organization_id) || (SELECT json_agg(h)::text FROM slot_hold h) AS all,
         r.claim_digest AS digest FROM slot_request r`,
    ),
  );
  expect(rows[0]?.all).toContain(String(requested['holdId']));
  expect(rows[0]?.all).not.toContain(token);
  expect(rows[0]?.digest.equals(createHash('sha256').update(token).digest())).toBe(true);
});

it('[BOK-01] nobody can read or change what nobody has claimed, and the network is not written down', async () => {
  const requested = await request(test, from('203.0.113.200'), { ...business, startsAt: slotNumber(0) });
  const { data } = await test.ask(await business.client(), '{ bookings { nodes { id } } }');
  expect(data).toEqual({ bookings: { nodes: [] } });
  const anonymous = await test.ask(from('203.0.113.200'), '{ bookings { nodes { id } } }');
  expect(anonymous.errors[0]?.extensions?.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  const [row] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ text: string }>(
      `SELECT (SELECT json_agg(r)::text FROM slot_request r) || (SELECT json_agg(c)::text FROM request_counter c)
         || (SELECT json_agg(o)::text FROM outbox o WHERE o.organization_id = $1) AS text`,
      [business.organizationId],
    ),
  );
  expect(row?.text).toContain(String(requested['holdId']));
  expect(row?.text).not.toContain('203.0.113.200');
});

it('[BOK-03] an account that claims again and again is slowed, however many of its requests come at once', async () => {
  const key = Buffer.from('some account');
  const count = () =>
    test.database
      .transaction(business.organizationId, (tx) =>
        countRequest(tx, { scope: 'ACCOUNT', key, now: test.clock() }),
      )
      .then(
        () => 'COUNTED',
        (error: { code?: string }) => error.code ?? '',
      );
  const outcomes = await Promise.all(Array.from({ length: REQUESTS_MAX.ACCOUNT + 5 }, count));
  expect(tally(outcomes)).toEqual({ COUNTED: REQUESTS_MAX.ACCOUNT, RATE_LIMITED: 5 });
  test.clock.advance(10 * 60_000);
  expect(await count()).toBe('COUNTED');
  test.clock.advance(-10 * 60_000);
});

it.each([
  ['a service that is none', { serviceId: 'x' }],
  ['a start on no minute', { startsAt: '2027-02-03T10:00:30.000Z' }],
  ['30 February', { startsAt: '2027-02-30T10:00:00.000Z' }],
  ['nobody at all', { seats: 0 }],
  ['ten thousand people', { seats: 10_000 }],
  ['a whole class at once', { seats: 7 }],
  ['very many add-ons', { addOnIds: Array.from({ length: 21 }, () => randomUUID()) }],
  ['a zone of another world', { timeZone: 'Mars/Olympus' }],
  ['a key that is none', { idempotencyKey: 'again' }],
])('[BOK-03] refuses %s before the work is used up', async (_what, wrong) => {
  const proof = await earnProof(test, from('198.51.100.5'));
  const input = {
    serviceId: business.serviceId,
    startsAt: slotNumber(0),
    proof,
    idempotencyKey: randomUUID(),
    ...wrong,
  };
  const { errors } = await test.ask(from('198.51.100.5'), REQUEST, { input });
  expect(errors[0]?.extensions?.code).toBe('BAD_INPUT');
  expect(JSON.stringify(errors)).not.toContain(proof);
  expect(
    await request(test, from('198.51.100.5'), { ...business, startsAt: slotNumber(0), proof }),
  ).toMatchObject({ __typename: 'SlotRequested' });
});
