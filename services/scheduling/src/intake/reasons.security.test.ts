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
  ['client', 'cancelBooking', 'CancelBookingInput', { reason: CARD }],
  ['client', 'cancelSeries', 'CancelSeriesInput', { reason: CARD, scope: 'ALL' }],
  ['client', 'contestDecision', 'ContestDecisionInput', { statement: CARD }],
  ['manager', 'approveBooking', 'ApproveBookingInput', { reason: CARD }],
  ['manager', 'declineBooking', 'DeclineBookingInput', { reason: CARD }],
  ['manager', 'approveReviewed', 'ApproveReviewedInput', { reason: CARD }],
  ['manager', 'denyReviewed', 'DenyReviewedInput', { reason: CARD }],
  ['manager', 'rescheduleBooking', 'RescheduleBookingInput', { override: { reason: CARD }, startsAt: soon }],
  ['manager', 'reassignBooking', 'ReassignBookingInput', { override: { reason: CARD } }],
] as const)('[DAT-02] a card number is refused: a %s who says it in %s', async (who, field, type, texts) => {
  const query = `mutation ($input: ${type}!) { ${field}(input: $input) { __typename } }`;
  const of = field === 'cancelSeries' ? { seriesId: randomUUID() } : { bookingId: randomUUID() };
  const input = { ...of, expectedVersion: 1, idempotencyKey: randomUUID(), ...texts };
  const { errors } = await test.ask(callers[who], query, { input });
  expect(errors.map(({ message }) => message).join()).toMatch(/card number/);
});

it('[DAT-02] a national identifier in a reason is masked', () => {
  const text = 'The client with 943 476 5919 does not come';
  for (const kept of [readReason(text, 'reason'), readDecisionReason(text)]) {
    expect(kept).not.toContain('5919');
    expect(kept).toContain('does not come');
  }
});
