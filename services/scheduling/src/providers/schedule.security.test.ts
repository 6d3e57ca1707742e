/**
 * The hole: hours decide who can be booked when. Somebody who can set those of others empties a colleague's calendar, and
 * somebody who reads them learns when a person is away. Nonsense in them must not be half-saved either.
 */
import type { Caller } from '@kept/passport';
import { mutate } from '../operations-for-tests.ts';
import {
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';

let test: TestScheduling;
let business: TestBusiness;
beforeAll(async () => {
  test = await startTestScheduling();
  business = await openBusiness(test);
});
afterAll(() => test.stop());

const ADD = `mutation ($input: AddTimeOffInput!) { addTimeOff(input: $input) { __typename ... on TimeOffAdded { timeOff { id } } } }`;
const REMOVE = `mutation ($input: RemoveTimeOffInput!) { removeTimeOff(input: $input) { __typename } }`;
const CLOSE = `mutation ($input: AddClosureInput!) { addClosure(input: $input) { __typename } }`;
const RULES = `mutation ($input: SetWeeklyRulesInput!) { setWeeklyRules(input: $input) { __typename } }`;
const OVERRIDE = `mutation ($input: SetDateOverrideInput!) { setDateOverride(input: $input) { __typename } }`;
const instants = { startsAt: '2027-02-03T12:00:00Z', endsAt: '2027-02-03T14:00:00Z' };

const outcome = (caller: Caller, query: string, input: object): Promise<string> =>
  mutate(test, caller, { query, input: input as Record<string, unknown> }).then(
    ({ __typename }) => __typename,
    (error: Error) => error.message,
  );
const rows = (): Promise<number> =>
  test.database.transaction(business.organizationId, async (tx) => {
    const [row] = await tx.query<{ count: number }>(
      `SELECT ((SELECT count(*) FROM time_off) + (SELECT count(*) FROM organization_closure)
               + (SELECT count(*) FROM allocation) + (SELECT count(*) FROM date_override))::int AS count`,
    );
    return row?.count ?? -1;
  });

it('lets nobody take a colleague out of the calendar, or close the business, but a manager', async () => {
  const own = { providerId: business.providerId, ...instants };
  const colleague = business.staff('PROVIDER');
  expect(await outcome(colleague, ADD, own)).toMatch(/^UNAUTHORIZED/);
  for (const caller of [
    business.staff('FRONT_DESK'),
    business.staff('BILLING'),
    await business.client(),
    business.anonymous(),
  ]) {
    expect(await outcome(caller, ADD, own)).toMatch(/^UNAUTHORIZED_FIELD_OR_TYPE/);
    expect(await outcome(caller, CLOSE, { name: 'x', ...instants })).toMatch(/^UNAUTHORIZED_FIELD_OR_TYPE/);
  }
  expect(await outcome(business.provider(), CLOSE, { name: 'x', ...instants })).toMatch(/^UNAUTHORIZED/);
  expect(await rows()).toBe(0);
  const added = await mutate(test, business.provider(), { query: ADD, input: own });
  const timeOffId = (added['timeOff'] as { id: string }).id;
  expect(await outcome(colleague, REMOVE, { timeOffId })).toMatch(/^UNAUTHORIZED/);
  const stranger = (await openBusiness(test)).staff('MANAGER');
  expect(await outcome(stranger, REMOVE, { timeOffId })).toMatch(/^NOT_FOUND/);
  expect(await outcome(business.provider(), REMOVE, { timeOffId })).toBe('TimeOffRemoved');
});

it('tells a colleague and a client nothing of when somebody is away', async () => {
  const query = `query ($id: ID!) { timeOff(providerId: $id, from: "2027-01-01T00:00:00Z", to: "2027-03-01T00:00:00Z") { id } }`;
  const ask = async (caller: Caller): Promise<unknown> => {
    const { data, errors } = await test.ask(caller, query, { id: business.providerId });
    return errors[0]?.extensions?.code ?? data?.['timeOff'];
  };
  expect(await ask(business.staff('PROVIDER'))).toBe('NOT_FOUND');
  expect(await ask(await business.client())).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  expect(await ask(business.provider())).toEqual([]);
  expect(await ask(business.staff('FRONT_DESK'))).toEqual([]);
});

const day = { firstDay: '2027-02-03', lastDay: '2027-02-03' };
const window = (start: string, end: string, dayOfWeek = 'MONDAY') => ({ day: dayOfWeek, start, end });
it.each([
  ['ends before it starts', ADD, { startsAt: instants.endsAt, endsAt: instants.startsAt }, /ends before/],
  ['ends when it starts', ADD, { startsAt: instants.startsAt, endsAt: instants.startsAt }, /ends before/],
  ['has a last day before the first', ADD, { firstDay: '2027-02-03', lastDay: '2027-02-02' }, /ends before/],
  ['has a 31 February', ADD, { firstDay: '2027-02-31', lastDay: '2027-03-01' }, /existing date|LocalDate/],
  ['lasts a million days', ADD, { ...instants, endsAt: '4764-01-01T00:00:00Z' }, /years/],
  ['lasts longer than a year', ADD, { firstDay: '2027-01-01', lastDay: '2028-02-01' }, /366 days/],
  ['has days and instants', ADD, { ...day, startsAt: instants.startsAt }, /or two instants/],
  ['has only a first day', ADD, { firstDay: '2027-02-03' }, /last day/],
  ['says nothing at all', ADD, {}, /when it starts and ends/],
  ['is a closure of a year', CLOSE, { name: 'x', firstDay: '2027-01-01', lastDay: '2027-12-31' }, /62 days/],
  ['is a closure without a name', CLOSE, { name: ' ', ...day }, /name/],
  [
    'has windows that overlap',
    RULES,
    { rules: [window('09:00', '12:00'), window('11:59', '13:00')] },
    /rules\.1.*overlaps/,
  ],
  [
    'has a night that meets the next morning',
    RULES,
    { rules: [window('22:00', '06:00'), window('05:00', '09:00', 'TUESDAY')] },
    /rules\.1.*overlaps/,
  ],
  [
    'has a Saturday night that meets Sunday',
    RULES,
    { rules: [window('22:00', '06:00', 'SATURDAY'), window('05:00', '09:00', 'SUNDAY')] },
    /rules\.1.*overlaps/,
  ],
  ['has a zone that does not exist', RULES, { timeZone: 'Mars/Olympus', rules: [] }, /TimeZone|time zone/],
  [
    'has overlapping hours of a date',
    OVERRIDE,
    {
      date: '2027-02-03',
      windows: [
        { start: '09:00', end: '12:00' },
        { start: '10:00', end: '11:00' },
      ],
    },
    /windows\.1.*overlaps/,
  ],
  ['has hours of a 30 February', OVERRIDE, { date: '2027-02-30', windows: [] }, /existing date|LocalDate/],
])('refuses what %s, with a sentence, and keeps nothing of it', async (...row) => {
  const [, query, input, sentence] = row;
  const provider = query === CLOSE ? {} : { providerId: business.providerId };
  const said = await outcome(business.staff('MANAGER'), query, { ...provider, ...input });
  expect(said).toMatch(sentence);
  expect(await rows()).toBe(0);
});

it('takes windows that touch, at midnight as well, and refuses a night that reaches into the hours of the next date', async () => {
  const manager = business.staff('MANAGER');
  const { providerId } = business;
  const touching = [
    window('09:00', '12:00'),
    window('12:00', '13:00'),
    window('18:00', '24:00'),
    window('00:00', '02:00', 'TUESDAY'),
  ];
  expect(await outcome(manager, RULES, { providerId, rules: touching })).toBe('ScheduleSet');
  const on = (date: string, start: string, end: string) => ({ providerId, date, windows: [{ start, end }] });
  expect(await outcome(manager, OVERRIDE, on('2027-02-04', '05:00', '09:00'))).toBe('ScheduleSet');
  expect(await outcome(manager, OVERRIDE, on('2027-02-03', '22:00', '06:00'))).toMatch(/overlaps/);
  expect(await outcome(manager, OVERRIDE, on('2027-02-03', '22:00', '05:00'))).toBe('ScheduleSet');
});
