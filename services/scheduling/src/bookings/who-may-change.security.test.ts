// The hole: a verb that forgets to ask who, or in which state. Somebody moves, calls off or confirms an appointment that is
// not theirs, or one that is over; or two who act at once both believe they were first; and nobody ever hears of those who tried.
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { callerOf } from '@kept/testing';
import {
  book,
  CANCEL,
  COMPLETE,
  CONFIRM,
  hold,
  mutate,
  NO_SHOW,
  RELEASE,
  RESCHEDULE,
} from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import type { BookingStatus } from '../schema-types.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { MOVES } from './booking-moves.ts';
import { APPROVE, CHECK_IN, CONTEST, copyInStatus, DECLINE, EXTEND, REASSIGN } from './life-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
let owner: Caller;
let original: string;
/** Somebody else who could take an appointment over. */
let colleague: string;
let elsewhere: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 10 });
  business = await openBusiness(test, { reschedulesMax: 50 });
  elsewhere = await openBusiness(test);
  colleague = randomUUID();
  await test.database.transaction(business.organizationId, async (tx) => {
    await tx.query(`INSERT INTO resource (id, organization_id, kind) VALUES ($1, $2, 'STAFF')`, [
      colleague,
      business.organizationId,
    ]);
    await tx.query(
      `INSERT INTO provider (id, organization_id, time_zone, active) VALUES ($1, $2, 'Europe/London', true)`,
      [colleague, business.organizationId],
    );
  });
  owner = await business.client();
  original = (await book(test, owner, { ...business, startsAt: '2027-02-03T10:00:00.000Z' })).id;
});
beforeEach(() => test.clock.set(MONDAY));
afterAll(() => test.stop());

const STATUSES = Object.keys(MOVES) as BookingStatus[];

interface Verb {
  readonly query: string;
  readonly input: Record<string, unknown>;
  /** In which states it does something; the clock stands where it can. */
  readonly does: readonly BookingStatus[];
  /** Who may at all. */
  readonly for: readonly string[];
  readonly by?: 'hold';
  readonly at?: string;
}
const HELD: BookingStatus[] = ['UNVERIFIED', 'PENDING_PAYMENT', 'PENDING_CONFIRMATION'];
const OWN = ['its client', 'FRONT_DESK', 'MANAGER'];
const STAFF = ['its provider', 'FRONT_DESK', 'MANAGER'];
const DURING = '2027-02-03T10:30:00.000Z';
const VERBS: Record<string, Verb> = {
  confirm: { query: CONFIRM, input: {}, by: 'hold', does: ['PENDING_CONFIRMATION'], for: OWN },
  extend: { query: EXTEND, input: {}, by: 'hold', does: [], for: OWN },
  release: { query: RELEASE, input: {}, by: 'hold', does: HELD, for: OWN },
  reschedule: {
    query: RESCHEDULE,
    input: { startsAt: '2027-02-09T10:00:00.000Z' },
    does: ['CONFIRMED'],
    for: OWN,
  },
  cancel: {
    query: CANCEL,
    input: {},
    does: [...HELD, 'PENDING_REVIEW', 'PENDING_APPROVAL', 'CONFIRMED'],
    for: OWN,
  },
  complete: { query: COMPLETE, input: {}, does: ['CONFIRMED'], for: STAFF, at: DURING },
  'no-show': { query: NO_SHOW, input: {}, does: ['CONFIRMED'], for: STAFF, at: DURING },
  'check in': { query: CHECK_IN, input: {}, does: ['CONFIRMED'], for: STAFF, at: DURING },
  approve: { query: APPROVE, input: {}, does: ['PENDING_APPROVAL'], for: STAFF },
  decline: { query: DECLINE, input: { reason: 'no room here' }, does: ['PENDING_APPROVAL'], for: STAFF },
  contest: { query: CONTEST, input: {}, does: ['DECLINED'], for: ['its client'] },
  reassign: { query: REASSIGN, input: {}, does: ['CONFIRMED'], for: ['FRONT_DESK', 'MANAGER'] },
};

/** A fresh booking in a state, as the verb wants to be told of it. */
async function subject(
  verb: Verb,
  status: BookingStatus,
): Promise<{ id: string; input: Record<string, unknown> }> {
  const holdStatus = HELD.includes(status) ? 'LIVE' : 'CONSUMED';
  const id = await copyInStatus(test, business, { of: original, status, holdStatus });
  if (verb.by !== 'hold') return { id, input: { bookingId: id, expectedVersion: 2, ...verb.input } };
  const [row] = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ id: string }>('SELECT id FROM slot_hold WHERE booking_id = $1', [id]),
  );
  return { id, input: { holdId: row?.id, ...verb.input } };
}
const versionOf = async (id: string): Promise<number> => {
  const rows = await test.database.transaction(business.organizationId, (tx) =>
    tx.query<{ version: number }>('SELECT version FROM booking WHERE id = $1', [id]),
  );
  return rows[0]?.version ?? 0;
};

describe.each(Object.entries(VERBS))('[ACC-09] to %s', (name, verb) => {
  it('is refused in every state but those it is for, and changes nothing there', async () => {
    const desk = name === 'contest' ? owner : business.staff('FRONT_DESK');
    for (const status of STATUSES.filter((status) => !verb.does.includes(status))) {
      test.clock.set(verb.at ?? MONDAY);
      const { id, input } = await subject(verb, status);
      const answer = await mutate(test, desk, { query: verb.query, input });
      const refused =
        ['PolicyViolation', 'HoldExpired', 'PaymentRequired'].includes(answer.__typename) ||
        (answer.__typename === 'SlotHoldReleased' && answer['released'] === false) ||
        // Confirming what is confirmed already is answered, not done again.
        name === 'confirm';
      expect([status, refused]).toEqual([status, true]);
      expect([status, await versionOf(id)]).toEqual([status, 2]);
    }
  });

  it('is for nobody but those it is for', async () => {
    const { organizationId, providerId } = business;
    const status = verb.does[0] ?? 'PENDING_CONFIRMATION';
    const callers: Record<string, Caller> = {
      'its client': owner,
      'another client': await business.client(),
      'its provider': business.provider(),
      'another provider': business.staff('PROVIDER'),
      FRONT_DESK: business.staff('FRONT_DESK'),
      BILLING: business.staff('BILLING'),
      MANAGER: business.staff('MANAGER'),
      COMPLIANCE: business.staff('COMPLIANCE'),
      'nobody signed in': business.anonymous(),
      'a manager of another business': elsewhere.staff('MANAGER'),
      'a client who claims the provider’s id': callerOf({
        kind: 'CLIENT',
        organizationId,
        accountId: providerId,
      }),
    };
    const { id, input } = await subject(verb, status);
    // Those who may not come first: with a hold, which has no version, whoever may also does.
    const order = Object.entries(callers).toSorted(
      ([a], [b]) => Number(verb.for.includes(a)) - Number(verb.for.includes(b)),
    );
    for (const [who, caller] of order) {
      test.clock.set(verb.at ?? MONDAY);
      const asked = mutate(test, caller, {
        query: verb.query,
        input: { ...input, ...(verb.by !== 'hold' && { expectedVersion: 99 }) },
      });
      // With a version of its own imagination even those who may are told no more than that it is another one.
      if (verb.for.includes(who)) await expect(asked).resolves.toBeDefined();
      else await expect(asked).rejects.toThrow(/NOT_FOUND|UNAUTHORIZED_FIELD_OR_TYPE/);
      if (verb.by === 'hold' && verb.for.includes(who)) break;
      expect(await versionOf(id)).toBe(2);
    }
  });
});

it('[ACC-09] PostgreSQL lets no booking go anywhere the table of moves does not say', async () => {
  const write = (of: string, to: BookingStatus) =>
    test.database.transaction(business.organizationId, (tx) =>
      tx.query(
        `UPDATE booking SET status = $2, version = version + 1, decide_by = '2099-01-01',
           cancelled_by = CASE WHEN $2 = 'CANCELLED' THEN 'CLIENT' END WHERE id = $1`,
        [of, to],
      ),
    );
  for (const from of STATUSES) {
    for (const to of STATUSES.filter((status) => status !== from)) {
      // A person decides, and what was not paid for does not come back: both have tests of their own.
      if (to === 'DECLINED' || from === 'EXPIRED') continue;
      const id = await copyInStatus(test, business, { of: original, status: from });
      const allowed = MOVES[from].includes(to);
      const outcome = await write(id, to).then(
        () => 'moved',
        (error: { driverError?: { constraint?: string } }) => error.driverError?.constraint,
      );
      expect([from, to, outcome]).toEqual([from, to, allowed ? 'moved' : 'booking_moves_only_forward']);
    }
  }
});

it('[ACC-09] of many who change the same version at once one is heard, and all others are told so', async () => {
  const client = await business.client();
  const { id } = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  const hours = ['08', '09', '11', '12', '13', '14', '15', '16'];
  const answers = await Promise.all(
    hours.map((hour, index) => {
      const change = { bookingId: id, expectedVersion: 2 };
      return index % 2 === 0
        ? mutate(test, client, {
            query: RESCHEDULE,
            input: { ...change, startsAt: `2027-02-10T${hour}:00:00.000Z` },
          })
        : mutate(test, business.staff('FRONT_DESK'), { query: CANCEL, input: change });
    }),
  );
  const conflicts = answers.filter(({ __typename }) => __typename === 'VersionConflict');
  expect(conflicts).toHaveLength(hours.length - 1);
  expect(new Set(conflicts.map((answer) => answer['currentVersion']))).toEqual(new Set([3]));
  expect(await versionOf(id)).toBe(3);
});

describe('[ACC-09] each refused attempt', () => {
  const refusals = async () =>
    (await eventsOf(test.database, business.organizationId, 'audit.recorded')).filter(
      ({ action }) => action === 'booking_change_refused',
    );

  it('stands in the audit trail: who, what, on which booking, and why not; although nothing else was saved', async () => {
    const client = await business.client();
    const { id } = await book(test, client, { ...business, startsAt: '2027-02-11T10:00:00.000Z' });
    const thief = await business.client();
    const before = (await refusals()).length;
    await expect(
      mutate(test, thief, { query: CANCEL, input: { bookingId: id, expectedVersion: 2 } }),
    ).rejects.toThrow(/NOT_FOUND/);
    await mutate(test, client, { query: CANCEL, input: { bookingId: id, expectedVersion: 7 } });
    test.clock.set('2027-02-11T09:00:00.000Z');
    const late = { bookingId: id, expectedVersion: 2, startsAt: '2027-02-12T10:00:00.000Z' };
    await mutate(test, client, { query: RESCHEDULE, input: late });
    expect(
      (await refusals())
        .slice(before)
        .map(({ actor, subject: about, outcome, details }) => [
          actor.id,
          about.id,
          outcome,
          details['operation'],
          details['code'],
        ]),
    ).toEqual([
      [thief.accountId, id, 'FAILURE', 'cancelBooking', 'NOT_FOUND'],
      [client.accountId, id, 'FAILURE', 'cancelBooking', 'VERSION_CONFLICT'],
      [client.accountId, id, 'FAILURE', 'rescheduleBooking', 'RESCHEDULE_WINDOW'],
    ]);
  });

  it('is written at most twenty times a minute for one person, who then only fills the log', async () => {
    test.clock.set('2027-02-01T06:00:00.000Z');
    const thief = await business.client();
    const before = (await refusals()).length;
    const attempts = (count: number) =>
      Promise.allSettled(
        Array.from({ length: count }, () =>
          mutate(test, thief, { query: CANCEL, input: { bookingId: original, expectedVersion: 2 } }),
        ),
      );
    await attempts(25);
    expect((await refusals()).length - before).toBe(20);
    test.clock.advance(60_000);
    await attempts(1);
    expect((await refusals()).length - before).toBe(21);
  });
});

it('holding on to a slot of somebody else’s is refused as if it were not there', async () => {
  const client = await business.client();
  const held = await hold(test, client, { ...business, startsAt: '2027-02-15T10:00:00.000Z' });
  const input = { holdId: held['id'] };
  await expect(mutate(test, await business.client(), { query: EXTEND, input })).rejects.toThrow(/NOT_FOUND/);
});
