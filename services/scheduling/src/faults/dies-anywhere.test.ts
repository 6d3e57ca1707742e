import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { seededRandom } from '@kept/testing';
import {
  book,
  CANCEL,
  CONFIRM,
  HOLD,
  hold,
  mutate,
  RESCHEDULE,
  type Answer,
} from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { leaks, startDyingService } from './dying-service.ts';

/**
 * The process dies at the n-th request to its database, before it arrives or before its answer does: every await of the booking
 * path, COMMIT included. Whoever asks again with the same key learns what became of it; whoever does not, blocks nobody.
 */
let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 12 });
});
afterAll(() => test.stop());

interface Operation {
  readonly name: string;
  readonly query: string;
  /** Makes what the operation needs and says what to ask. */
  prepare(business: TestBusiness, client: Caller, slot: Slot): Promise<Record<string, unknown>>;
  readonly done: string;
  /** The start that is the client's own once it is done; null when they then have none. */
  owns(slot: Slot): string | null;
}
interface Slot {
  readonly startsAt: string;
  readonly later: string;
}

const operations: Operation[] = [
  {
    name: 'createSlotHold',
    query: HOLD,
    prepare: ({ serviceId, providerId }, _client, { startsAt }) =>
      Promise.resolve({ serviceId, providerId, startsAt }),
    done: 'SlotHold',
    owns: ({ startsAt }) => startsAt,
  },
  {
    name: 'confirmBooking',
    query: CONFIRM,
    prepare: async (business, client, { startsAt }) => {
      const held = await hold(test, client, { ...business, startsAt });
      return { holdId: held['id'] };
    },
    done: 'BookingConfirmed',
    owns: ({ startsAt }) => startsAt,
  },
  {
    name: 'rescheduleBooking',
    query: RESCHEDULE,
    prepare: async (business, client, { startsAt, later }) => {
      const booking = await book(test, client, { ...business, startsAt });
      return { bookingId: booking.id, startsAt: later, expectedVersion: booking.version };
    },
    done: 'BookingRescheduled',
    owns: ({ later }) => later,
  },
  {
    name: 'cancelBooking',
    query: CANCEL,
    prepare: async (business, client, { startsAt }) => {
      const booking = await book(test, client, { ...business, startsAt });
      return { bookingId: booking.id, reason: 'ill', expectedVersion: booking.version };
    },
    done: 'BookingCancelled',
    owns: () => null,
  },
];

const slots: Slot = { startsAt: '2027-02-10T10:00:00.000Z', later: '2027-02-10T14:00:00.000Z' };

/** One process, one operation, one death. The answer, if one came back. */
async function dieDuring(
  operation: Operation,
  death: { request: number; fault: 'cut-request' | 'cut-reply' } | null,
) {
  const business = await openBusiness(test);
  const client = await business.client();
  const input = { ...(await operation.prepare(business, client, slots)), idempotencyKey: randomUUID() };
  const dying = await startDyingService(test);
  try {
    await dying.ask(client, '{ services { id } }');
    const before = dying.proxy.requests;
    if (death) dying.proxy.dieAt(death.request, death.fault);
    const answer = await mutate(dying, client, { query: operation.query, input }).catch(() => null);
    return { business, client, input, answer, requests: dying.proxy.requests - before };
  } finally {
    await dying.stop();
  }
}

async function startsOf(business: TestBusiness, client: Caller): Promise<string[]> {
  const { data } = await test.ask(client, '{ bookings(first: 100) { nodes { startsAt status } } }');
  const { nodes } = (data as { bookings: { nodes: { startsAt: string; status: string }[] } }).bookings;
  const over = ['CANCELLED', 'EXPIRED', 'DECLINED'];
  return nodes.filter(({ status }) => !over.includes(status)).map(({ startsAt }) => startsAt);
}

const asks = (operation: Operation, client: Caller, input: Record<string, unknown>): Promise<Answer> =>
  mutate(test, client, { query: operation.query, input });

// Each death needs a process of its own: some moments in every run, chosen by the seed, all of them at night.
const MOMENTS = 3;

describe.each(operations)('a process that dies during $name', (operation) => {
  let steps: number;
  beforeAll(async () => {
    const { requests, answer } = await dieDuring(operation, null);
    expect(answer?.__typename).toBe(operation.done);
    steps = requests;
  });

  const moments = (): { request: number; fault: 'cut-request' | 'cut-reply' }[] => {
    const all = Array.from({ length: steps }, (_, index) => index + 1).flatMap((request) => [
      { request, fault: 'cut-request' as const },
      { request, fault: 'cut-reply' as const },
    ]);
    // The last request is COMMIT: lost, or done with the answer lost. Both are in every run.
    const random = seededRandom(steps);
    const [commits, others] = [all.slice(-2), all.slice(0, -2)];
    if (process.env['KEPT_NIGHTLY'] === '1') return all;
    return [...commits, ...Array.from({ length: MOMENTS }, () => random.oneOf(others))];
  };

  it('[BOK-04] asked again with the same key it answers, and has happened once', async () => {
    for (const moment of moments()) {
      const { business, client, input, answer } = await dieDuring(operation, moment);
      // Acknowledged or not: the key knows.
      const again = await asks(operation, client, input);
      expect({ moment, answer: again.__typename }).toEqual({ moment, answer: operation.done });
      if (answer) expect(answer.__typename).toBe(operation.done);
      const owned = operation.owns(slots);
      expect(await startsOf(business, client)).toEqual(owned === null ? [] : [owned]);
      expect(await leaks(test, business.organizationId, test.clock())).toEqual([]);
    }
  });

  it('[BOK-04] never asked again, it leaves no time that nobody has and nobody can get', async () => {
    for (const moment of moments()) {
      const { business, client, answer } = await dieDuring(operation, moment);
      expect(await leaks(test, business.organizationId, test.clock())).toEqual([]);
      const kept = await startsOf(business, client);
      if (answer !== null) {
        const owned = operation.owns(slots);
        expect(kept).toEqual(owned === null ? [] : [owned]);
      }
      // Whatever the first client does not have, another one can.
      const other = await business.client();
      for (const startsAt of [slots.startsAt, slots.later]) {
        const answered = await hold(test, other, { ...business, startsAt });
        expect({ moment, startsAt, got: answered.__typename }).toEqual({
          moment,
          startsAt,
          got: kept.includes(startsAt) ? 'SlotUnavailable' : 'SlotHold',
        });
      }
    }
  });
});
