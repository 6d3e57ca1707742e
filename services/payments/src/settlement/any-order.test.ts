import fc from 'fast-check';
import { atProcessor, brokenInvariants } from '../ledger/invariants-for-tests.ts';
import { agree, decide, moneyOf, newcomer, pay, saidOf } from '../payments/life-for-tests.ts';
import { openPaymentsForTests, type UnderTest } from '../payments-for-tests.ts';

// Events of scheduling, webhooks and timers come early, late, twice and in any order. The money ends the same.

const RUNS = process.env['KEPT_NIGHTLY'] === '1' ? 60 : 4;

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

type Party = Awaited<ReturnType<typeof newcomer>>;

/** How an appointment goes: what scheduling says of it, in the order in which it happened, and where the money ends. */
const LIVES = {
  'takes place': {
    says: ({ quote }: Party) => [
      ['booking.confirmed', saidOf(quote).confirmed] as const,
      ['booking.completed', saidOf(quote).closed(true)] as const,
    ],
    net: 4500,
  },
  'is moved and takes place': {
    says: ({ quote }: Party) => [
      ['booking.confirmed', saidOf(quote).confirmed] as const,
      ['booking.rescheduled', saidOf(quote).moved({ startsAt: '2030-05-09T09:00:00.000Z' })] as const,
      ['booking.completed', saidOf(quote).closed(true)] as const,
    ],
    net: 4500,
  },
  'is called off late': {
    says: ({ quote }: Party) => [
      ['booking.confirmed', saidOf(quote).confirmed] as const,
      ['booking.cancelled', saidOf(quote).cancelled(40)] as const,
    ],
    net: 2700,
  },
  'loses its slot': {
    says: ({ quote }: Party) => [['booking.refused', saidOf(quote).refused] as const],
    net: 0,
  },
  'nobody comes': {
    says: ({ quote }: Party) => [
      ['booking.confirmed', saidOf(quote).confirmed] as const,
      ['booking.completed', saidOf(quote).closed(false, 50)] as const,
    ],
    net: 2250,
  },
} as const;

/** One turn of the world besides scheduling's words. */
const turn = fc.constantFrom('work', 'time', 'say');
const world = fc.record({
  policy: fc.constantFrom('AT_CONFIRMATION', 'AT_APPOINTMENT', 'SET_UP'),
  life: fc.constantFrom(...(Object.keys(LIVES) as (keyof typeof LIVES)[])),
  // Which of the sayings comes next, also once more; what is missing in the end is said then.
  order: fc.array(fc.nat(5), { maxLength: 6 }),
  turns: fc.array(turn, { minLength: 3, maxLength: 12 }),
  webhooks: fc.constantFrom('webhook_late', 'webhook_duplicate', 'webhook_reorder', 'webhook_lost', null),
});

async function begin(policy: string): Promise<Party> {
  test.clock.set('2030-05-06T09:00:00Z');
  const startsAt = policy === 'SET_UP' ? '2030-05-14T09:00:00.000Z' : '2030-05-08T09:00:00.000Z';
  const party = await newcomer(test, { change: { startsAt } });
  const capture = policy === 'AT_CONFIRMATION' ? 'AT_CONFIRMATION' : 'AT_APPOINTMENT';
  await decide(test, party.organizationId, { capture, farAhead: 'SET_UP', graceMinutes: 15 });
  if (policy === 'SET_UP') await agree(test, party, { covers: ['HOLD'] });
  await pay(test, party);
  return party;
}

/** Says it as the inbox does: what cannot be handled yet is said again later. */
async function say(party: Party, saying: readonly [string, object] | undefined): Promise<boolean> {
  if (saying === undefined) return true;
  try {
    await test.deliver(party.organizationId, saying[0] as never, saying[1] as never);
    return true;
  } catch {
    return false;
  }
}

it('ends the same in any order and repetition of what scheduling says, webhooks and timers', async () => {
  await fc.assert(
    fc.asyncProperty(world, async ({ policy, life, order, turns, webhooks }) => {
      const party = await begin(policy);
      if (webhooks !== null) await test.order({ kind: webhooks, times: 99 });
      const { says, net } = LIVES[life];
      const sayings = says(party);
      const wanted = order.map((index) => sayings[index % sayings.length]);
      for (const next of turns) {
        if (next === 'say') await say(party, wanted.shift());
        if (next === 'work') await test.work();
        if (next === 'time') test.clock.advance(6 * 3_600_000);
      }
      for (const saying of [...wanted, ...sayings, ...sayings]) await say(party, saying);
      await test.callOff();
      // Past the appointment, the grace and every look at what is not known, before any reservation ends.
      test.clock.set(policy === 'SET_UP' ? '2030-05-14T11:00:00Z' : '2030-05-10T11:00:00Z');
      for (let round = 0; round < 3; round += 1) {
        await test.work();
        test.clock.advance(10 * 60_000);
      }
      const [money] = await moneyOf(test, party.organizationId);
      expect([policy, life, Number(money?.split(' ').at(-1))]).toEqual([policy, life, net]);
      const { intents } = await atProcessor(test, party.organizationId);
      expect(intents.every(({ status }) => status === 'succeeded' || status === 'canceled')).toBe(true);
      expect(await brokenInvariants(test, party.organizationId)).toEqual([]);
    }),
    { numRuns: RUNS, seed: 20_261_123, endOnFailure: true },
  );
}, 600_000);
