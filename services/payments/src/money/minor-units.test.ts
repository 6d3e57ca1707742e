import fc from 'fast-check';
import { entriesOf } from '../ledger/post-transaction.ts';
import { Payment } from '../payments/payment.ts';
import { Refund } from '../refunds/refund.ts';
import { money, percentOf } from './minor-units.ts';

const amount = fc.bigInt({ min: 1n, max: 99_999_999n });
const percent = fc.integer({ min: 0, max: 100 });

describe('a percentage of any amount', () => {
  it('is never negative, never more than the amount, and a multiple of the step', () => {
    fc.assert(
      fc.property(amount, percent, fc.constantFrom(1n, 10n), (steps, part, step) => {
        const whole = steps * step;
        const back = percentOf(whole, part, step);
        return back >= 0n && back <= whole && back % step === 0n;
      }),
    );
  });

  it('grows with the percentage: nobody gets less for cancelling earlier', () => {
    fc.assert(
      fc.property(amount, percent, percent, (whole, one, other) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        return percentOf(whole, less, 1n) <= percentOf(whole, more, 1n);
      }),
    );
  });

  it('is nothing at 0 and everything at 100', () => {
    fc.assert(
      fc.property(amount, (whole) => percentOf(whole, 0, 1n) === 0n && percentOf(whole, 100, 1n) === whole),
    );
  });
});

describe('the entries of every kind of ledger transaction', () => {
  it('sum to zero for any amounts', () => {
    fc.assert(
      fc.property(amount, amount, amount, (authorizedMinor, capturedMinor, amountMinor) => {
        const payment = Object.assign(new Payment(), { authorizedMinor, capturedMinor });
        const refund = Object.assign(new Refund(), { amountMinor, taxMinor: amountMinor / 7n });
        const parts = { tipMinor: amountMinor / 5n, discountMinor: capturedMinor / 3n };
        const all = [
          entriesOf.authorized(payment),
          entriesOf.released(payment),
          entriesOf.captured(payment),
          entriesOf.earned(payment),
          entriesOf.earned(payment, parts),
          entriesOf.forfeited(payment),
          entriesOf.taxed(amountMinor, 'revenue:service'),
          entriesOf.feeCharged(amountMinor),
          entriesOf.disputeOpened(amountMinor),
          entriesOf.disputeWon(amountMinor),
          entriesOf.disputeLost(amountMinor),
          entriesOf.paidOut(-amountMinor),
          entriesOf.refundRequested(refund),
          entriesOf.refundSucceeded(refund),
          entriesOf.refundFailed(refund),
          entriesOf.refundSentBack(refund),
        ];
        return all.every((entries) => entries.reduce((sum, [, side]) => sum + side, 0n) === 0n);
      }),
    );
  });
});

describe('an amount beyond what JSON can carry exactly', () => {
  it('is refused, never rounded', () => {
    expect(money(2n ** 53n - 1n, 'EUR')).toEqual({ amountMinor: 9_007_199_254_740_991, currency: 'EUR' });
    expect(() => money(2n ** 53n, 'EUR')).toThrow('Invariant broken');
  });
});
