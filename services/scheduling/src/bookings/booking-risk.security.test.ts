// The hole these keep closed: somebody has a client's session, or their password, and books in their name what is dear, soon
// or sold on; the booking looks like any other, and nobody asks who it is.
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { book, CONFIRM, HOLD, hold } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { judgeBookingRisk, type BookingRiskLevel, type BookingRiskSignals } from './booking-risk.ts';

const USUAL: BookingRiskSignals = {
  riskLevel: 'LOW',
  newDevice: false,
  newCountry: false,
  suspicions: [],
  timesUsualPrice: 1,
  leadMinutes: 2_880,
};
const dear = { timesUsualPrice: 3 };
const soon = { leadMinutes: 119 };
const odd = { suspicions: ['VELOCITY', 'DISPOSABLE_ADDRESS'] };

it.each<[string, Partial<BookingRiskSignals>, number, BookingRiskLevel]>([
  ['as always', {}, 0, 'LOW'],
  ['a new device', { newDevice: true }, 20, 'LOW'],
  ['a new country', { newCountry: true }, 20, 'LOW'],
  [
    'dear, soon and odd, by the client themselves: for the review queue',
    { ...dear, ...soon, ...odd },
    0,
    'LOW',
  ],
  ['a new device, soon', { newDevice: true, ...soon }, 30, 'MEDIUM'],
  ['a new device, dear', { newDevice: true, ...dear }, 35, 'MEDIUM'],
  ['a new device in a new country', { newDevice: true, newCountry: true }, 40, 'MEDIUM'],
  ['a session that identity doubts', { riskLevel: 'MEDIUM' }, 30, 'MEDIUM'],
  ['a doubtful session that books soon and dear', { riskLevel: 'MEDIUM', ...soon, ...dear }, 55, 'MEDIUM'],
  ['a new device with an odd account', { newDevice: true, ...odd }, 50, 'MEDIUM'],
  ['all of that in a new country', { newDevice: true, newCountry: true, ...odd, ...dear }, 85, 'HIGH'],
  ['a session that is somebody else’s, by all that identity knows', { riskLevel: 'HIGH' }, 60, 'HIGH'],
])('[ADV-04] %s', (...[, more, score, level]) => {
  const judged = judgeBookingRisk({ ...USUAL, ...more });
  expect([judged.score, judged.level]).toEqual([score, level]);
});

let test: TestScheduling;
let business: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling();
  business = await openBusiness(test);
});
afterAll(() => test.stop());

const slot = (hour: number, day = 3) => ({
  ...business,
  startsAt: `2027-02-0${day}T${String(hour).padStart(2, '0')}:00:00.000Z`,
});
const ask = async (caller: Caller, query: string, input: object) => {
  const { data, errors } = await test.ask(caller, query, {
    input: { ...input, idempotencyKey: randomUUID() },
  });
  return { answer: Object.values(data ?? {})[0] as { __typename?: string } | null, error: errors[0] };
};
const holdInput = (hour: number) => {
  const { serviceId, providerId, startsAt } = slot(hour, 4);
  return { serviceId, providerId, startsAt };
};
const steppedUp = (caller: Caller): Caller => ({
  ...caller,
  stepUp: { operation: false, until: test.clock().getTime() / 1_000 + 300 },
});

it('[ADV-04] a doubtful session is told what would do, and the same person books after a step-up', async () => {
  const client = { ...(await business.client()), assurance: 'PASSWORD' } as const;
  const doubtful = { ...client, riskLevel: 'MEDIUM' } as const;
  const refused = await ask(doubtful, HOLD, holdInput(9));
  expect(refused.error?.extensions).toMatchObject({
    code: 'STEP_UP_REQUIRED',
    acrValues: 'RESTRICTED STRONG PHISHING_RESISTANT',
    methods: 'EMAIL_CODE SMS_CODE TOTP PASSKEY',
    maxAgeSeconds: '900',
  });
  const held = await ask(steppedUp(doubtful), HOLD, holdInput(9));
  expect(held.answer?.__typename).toBe('SlotHold');
  const holdId = (held.answer as { id?: string }).id;
  // The proof is asked for again where it counts; an old one is none.
  const stale = { ...doubtful, stepUp: { operation: false, until: test.clock().getTime() / 1_000 } };
  expect((await ask(stale, CONFIRM, { holdId })).error?.extensions?.code).toBe('STEP_UP_REQUIRED');
  expect((await ask(steppedUp(doubtful), CONFIRM, { holdId })).answer?.__typename).toBe('BookingConfirmed');
});

it('[ADV-04] what is somebody else’s by all that is known needs a strong factor: a mailed code is not enough', async () => {
  const client = { ...(await business.client()), riskLevel: 'HIGH' } as const;
  const weak = steppedUp({ ...client, assurance: 'RESTRICTED' });
  expect((await ask(weak, HOLD, holdInput(10))).error?.extensions).toMatchObject({
    code: 'STEP_UP_REQUIRED',
    methods: 'TOTP PASSKEY',
  });
  const strong = steppedUp({ ...client, assurance: 'STRONG' });
  expect((await ask(strong, HOLD, holdInput(10))).answer?.__typename).toBe('SlotHold');
});

it('[ADV-04] a device and a country are known by what was confirmed there; low risk passes as it is', async () => {
  const client = { ...(await business.client()), deviceId: randomUUID(), country: 'GB' };
  await book(test, client, slot(11));
  expect((await hold(test, client, slot(12))).__typename).toBe('SlotHold');
  const elsewhere = { ...client, deviceId: randomUUID(), country: 'BR' };
  expect((await ask(elsewhere, HOLD, holdInput(13))).error?.extensions?.code).toBe('STEP_UP_REQUIRED');
  // One alone is no more than a new telephone.
  expect((await ask({ ...elsewhere, country: 'GB' }, HOLD, holdInput(13))).answer?.__typename).toBe(
    'SlotHold',
  );
});
