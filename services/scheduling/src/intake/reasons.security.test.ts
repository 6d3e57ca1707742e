/**
 * The hole this keeps closed: whoever cannot ask for a card number or a national identifier is still told it, in the reason of
 * a cancellation, a decision or an override. Every free text of an appointment is read as its notes are (DAT-02).
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { readDecisionReason } from '../approvals/decision-texts.ts';
import { readReason } from '../bookings/override.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';

let test: TestScheduling;
let callers: Record<'client' | 'manager', Caller>;
beforeAll(async () => {
  test = await startTestScheduling();
  const business = await openBusiness(test);
  callers = { client: await business.client(), manager: business.staff('MANAGER') };
});
afterAll(() => test.stop());

const CARD = 'Please take 4111 1111 1111 1111 instead';
const soon = '2027-02-03T10:00:00.000Z';

it.each([
  { who: 'client', field: 'cancelBooking', type: 'CancelBookingInput', texts: { reason: CARD } },
  { who: 'client', field: 'cancelSeries', type: 'CancelSeriesInput', texts: { reason: CARD, scope: 'ALL' } },
  { who: 'client', field: 'contestDecision', type: 'ContestDecisionInput', texts: { statement: CARD } },
  { who: 'manager', field: 'approveBooking', type: 'ApproveBookingInput', texts: { reason: CARD } },
  { who: 'manager', field: 'declineBooking', type: 'DeclineBookingInput', texts: { reason: CARD } },
  { who: 'manager', field: 'approveReviewed', type: 'ApproveReviewedInput', texts: { reason: CARD } },
  { who: 'manager', field: 'denyReviewed', type: 'DenyReviewedInput', texts: { reason: CARD } },
  {
    who: 'manager',
    field: 'rescheduleBooking',
    type: 'RescheduleBookingInput',
    texts: { override: { reason: CARD }, startsAt: soon },
  },
  {
    who: 'manager',
    field: 'reassignBooking',
    type: 'ReassignBookingInput',
    texts: { override: { reason: CARD } },
  },
] as const)(
  '[DAT-02] a card number is refused: a $who who says it in $field',
  async ({ who, field, type, texts }) => {
    const query = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`;
    const of = field === 'cancelSeries' ? { seriesId: randomUUID() } : { bookingId: randomUUID() };
    const input = { ...of, expectedVersion: 1, idempotencyKey: randomUUID(), ...texts };
    const { errors } = await test.ask(callers[who], query, { input });
    expect(errors.map(({ message }) => message).join()).toMatch(/card number/);
  },
);

it('[DAT-02] a national identifier in a reason is masked', () => {
  const text = 'The client with 943 476 5919 does not come';
  for (const kept of [readReason(text, 'reason'), readDecisionReason(text)]) {
    expect(kept).not.toContain('5919');
    expect(kept).toContain('does not come');
  }
});
