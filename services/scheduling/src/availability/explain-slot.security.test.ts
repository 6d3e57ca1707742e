/**
 * The hole: "why can I not book Tuesday at ten" answered truthfully tells whoever asks that somebody else has the hour, or
 * that a therapist is away. Others get one word for all of it; a provider sees themselves, and not their colleagues.
 */
import type { Caller } from '@kept/passport';
import { book, mutate } from '../operations-for-tests.ts';
import { MONDAY, openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { addColleague } from './offers-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
  test.clock.set(MONDAY);
});
afterAll(() => test.stop());

const QUERY = `query ($input: ExplainSlotInput!) { explainSlot(input: $input) { offered reasons providers { provider { id } } } }`;

it('answers somebody else’s appointment, an absence, a closure and a night alike to whoever is not staff', async () => {
  const business = await openBusiness(test, { slotIntervalMinutes: 45, bufferAfterMinutes: 30 });
  const manager = business.staff('MANAGER');
  const ask = async (caller: Caller, startsAt: string): Promise<unknown> => {
    const input = {
      serviceId: business.serviceId,
      startsAt: `2027-02-03T${startsAt}:00Z`,
      timeZone: 'Europe/London',
    };
    const { data, errors } = await test.ask(caller, QUERY, { input });
    return { ...(data?.['explainSlot'] as object), codes: errors.map(({ extensions }) => extensions?.code) };
  };
  await book(test, await business.client(), { ...business, startsAt: '2027-02-03T08:45:00.000Z' });
  await mutate(test, manager, {
    query: 'mutation ($input: AddTimeOffInput!) { addTimeOff(input: $input) { __typename } }',
    input: {
      providerId: business.providerId,
      startsAt: '2027-02-03T15:00:00Z',
      endsAt: '2027-02-03T16:00:00Z',
    },
  });
  // Booked, too near to it, a step that follows from it, away, and nobody works.
  const times = ['08:45', '09:30', '10:30', '15:00', '22:00'];
  for (const caller of [business.anonymous(), await business.client(), business.staff('BILLING')]) {
    const answers = await Promise.all(times.map((time) => ask(caller, time)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toEqual({
      offered: false,
      reasons: ['NOT_AVAILABLE'],
      providers: null,
      codes: ['UNAUTHORIZED_FIELD_OR_TYPE'],
    });
  }
});

it('shows a provider themselves, and neither their colleagues nor another business', async () => {
  const business = await openBusiness(test);
  await addColleague(test, business);
  const input = {
    serviceId: business.serviceId,
    startsAt: '2027-02-03T10:00:00Z',
    timeZone: 'Europe/London',
  };
  const { data } = await test.ask(business.provider(), QUERY, { input });
  expect(data?.['explainSlot']).toMatchObject({ providers: [{ provider: { id: business.providerId } }] });
  const stranger = (await openBusiness(test)).staff('MANAGER');
  const { errors } = await test.ask(stranger, QUERY, { input });
  expect(errors[0]?.extensions?.code).toBe('NOT_FOUND');
});
