// A session that was left open must not be enough to move money or to change what people agree to.
import type { Fault } from './fault.ts';
import { requireRecentSecondFactor } from './step-up.ts';

const now = new Date('2027-03-01T10:00:00Z');
const seconds = now.getTime() / 1000;
const check = (secondFactor: boolean, authenticatedAt: number | null) => () =>
  requireRecentSecondFactor({ secondFactor, authenticatedAt }, { now, maxAgeSeconds: 600 });

it('lets somebody pass who has just signed in with a second factor', () => {
  expect(check(true, seconds - 599)).not.toThrow();
});

it.each([
  ['long ago', true, seconds - 601],
  ['without a second factor', false, seconds - 1],
  ['at a time nobody knows', true, null],
])('[SES-06] asks for the second factor of whoever signed in %s', (_, secondFactor, at) => {
  expect(check(secondFactor, at)).toThrow(expect.objectContaining({ code: 'STEP_UP_REQUIRED' }) as Fault);
});
