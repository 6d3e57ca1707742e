/** What can be done to the money of one appointment, each with what the model makes of it. */
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { newsOf, staffOf } from '../payments-for-tests.ts';
import {
  begun,
  close,
  decided,
  DEPOSIT,
  kept,
  mayRefund,
  NO_SHOW_FEE,
  paidOf,
  PRICE,
  type Model,
  type Paid,
} from './money-model-for-tests.ts';
import {
  atBank,
  check,
  HOUR_MS,
  HOW,
  look,
  rowsOf,
  toldSo,
  type How,
  type Real,
} from './money-world-for-tests.ts';

export type Step = fc.AsyncCommand<Model, Real>;
type Which = 'deposit' | 'balance';

const PAY = `mutation ($input: PayBalanceInput!) { payBalance(input: $input) { __typename } }`;
const REFUND = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) {
  __typename ... on RefundRefused { reason } } }`;

const step = (
  name: string,
  possible: (model: Readonly<Model>) => boolean,
  run: (model: Model, real: Real) => Promise<unknown>,
): Step => ({
  check: (model) => possible(model),
  run: async (model, real) => {
    await run(model, real);
    await check(model, real);
  },
  toString: () => name,
});

const pay = (card: string, then: Paid['status']) =>
  step(
    `pay ${card}`,
    ({ deposit }) => deposit === null,
    async (model, real) => {
      const paymentMethodId = await real.test.addCard(real.client, card);
      await real.test.authorize(real.client, { quote: real.quote, paymentMethodId });
      model.deposit = begun(DEPOSIT, then);
    },
  );

const payBalance = step(
  'pay the rest',
  ({ booking, deposit, balance }) =>
    balance === null &&
    deposit?.status === 'CAPTURED' &&
    (booking === 'CONFIRMED' || booking === 'COMPLETED'),
  async (model, { test, client, quote: { bookingId } }) => {
    const paymentMethodId = await test.addCard(client);
    const input = { bookingId, paymentMethodId, idempotencyKey: randomUUID() };
    const { data } = await test.ask(client, PAY, { input });
    const due = model.deposit?.earned !== 'no_show';
    const answer = (data?.['payBalance'] as { __typename: string } | undefined)?.__typename;
    expect(answer).toBe(due ? 'BalancePaid' : 'NothingDue');
    if (!due) return;
    model.balance = begun(PRICE - DEPOSIT, 'CAPTURED');
    if (model.booking === 'COMPLETED') close(model.balance, { owed: 0, isAbsent: false });
  },
);

const authenticate = (how: How) =>
  step(
    `authenticate (${how})`,
    ({ deposit }) => deposit?.status === 'REQUIRES_ACTION',
    async (model, real) => {
      const asked = { path: 'authenticate', form: 'outcome=success' };
      await toldSo(real, how, () => atBank(real, 'deposit', asked));
      model.deposit = begun(DEPOSIT, 'AUTHORIZED');
    },
  );

const isHeld = ({ deposit, booking }: Readonly<Model>) =>
  deposit?.status === 'AUTHORIZED' && booking === 'HELD';

const expire = (how: How) =>
  step(`expire (${how})`, isHeld, async (model, real) => {
    await toldSo(real, how, () => atBank(real, 'deposit', { path: 'expire' }));
    model.deposit = begun(DEPOSIT, 'AUTH_EXPIRED');
  });

const wait = step(
  'wait',
  ({ deposit }) => deposit !== null,
  async (model, { test }) => {
    test.clock.advance(2 * HOUR_MS);
    await Promise.resolve();
    // Nobody came back to their bank's page.
    if (model.deposit?.status === 'REQUIRES_ACTION') model.deposit.status = 'ABANDONED';
  },
);

const confirm = step('confirm', isHeld, async (model, { test, organizationId, quote, startsAt }) => {
  const { confirmed } = newsOf(quote);
  const terms = {
    priceMinor: PRICE,
    currency: 'EUR',
    noShowFeeMinor: NO_SHOW_FEE,
    startsAt,
    endsAt: startsAt,
  };
  await test.deliver(organizationId, 'booking.confirmed', { ...confirmed, ...terms });
  Object.assign(model, { booking: 'CONFIRMED', deposit: begun(DEPOSIT, 'CAPTURED') });
});

const refuse = step('refuse', isHeld, async (model, { test, organizationId, quote }) => {
  await test.deliver(organizationId, 'booking.refused', newsOf(quote).refused);
  Object.assign(model, { booking: 'REFUSED', deposit: begun(DEPOSIT, 'VOIDED') });
});

const stands = ({ booking }: Readonly<Model>) => booking === 'CONFIRMED';

const complete = step('complete', stands, async (model, { test, organizationId, quote }) => {
  await test.deliver(organizationId, 'booking.completed', newsOf(quote).completed);
  model.booking = 'COMPLETED';
  close(model.deposit, { owed: 0, isAbsent: false });
  close(model.balance, { owed: 0, isAbsent: false });
});

const cancel = (percent: number) =>
  step(`cancel ${percent}`, stands, async (model, { test, organizationId, quote }) => {
    await test.deliver(organizationId, 'booking.cancelled', newsOf(quote).cancelled(percent));
    model.booking = 'CANCELLED';
    close(model.deposit, { owed: (DEPOSIT * percent) / 100, isAbsent: true });
    close(model.balance, { owed: PRICE - DEPOSIT, isAbsent: true });
  });

const stayAway = step('nobody comes', stands, async (model, real) => {
  const news = { ...newsOf(real.quote).completed, attended: false };
  await real.test.deliver(real.organizationId, 'booking.completed', news);
  await look(real);
  // Past the appointment, the grace, and what clocks may differ.
  real.test.clock.advance(Math.max(0, Date.parse(real.startsAt) - real.test.clock().getTime()) + 2 * HOUR_MS);
  model.booking = 'COMPLETED';
  close(model.deposit, { owed: 0, isAbsent: true });
  close(model.balance, { owed: PRICE - DEPOSIT, isAbsent: true });
  const paid = paidOf(model).reduce((sum, each) => sum + kept(each), 0);
  if (paid >= NO_SHOW_FEE) return;
  model.fee = begun(NO_SHOW_FEE - paid, 'CAPTURED');
  model.fee.earned = 'no_show';
});

const refund = (which: Which, amountMinor: number) =>
  step(
    `refund ${amountMinor} of the ${which}`,
    (model) => model[which] !== null,
    async (model, real) => {
      const paid = model[which];
      const paymentId = (await rowsOf(real)).find(({ purpose }) => purpose === which.toUpperCase())?.id;
      const now = Math.floor(real.test.clock().getTime() / 1000);
      const billing = { ...staffOf(real.organizationId, 'BILLING'), authenticatedAt: now };
      const input = { paymentId, amountMinor, reason: 'GOODWILL', idempotencyKey: randomUUID() };
      const { data } = await real.test.ask(billing, REFUND, { input });
      const possible = paid !== null && mayRefund(paid, amountMinor);
      const answer = data?.['refundPayment'];
      // What is not possible is known here: the processor is not asked.
      expect(answer).not.toMatchObject({ reason: 'PROVIDER_REFUSED' });
      expect(answer).toMatchObject({ __typename: possible ? 'RefundRequested' : 'RefundRefused' });
      if (possible) paid.refunded += amountMinor;
    },
  );

const isQuiet = (paid: Paid | null): paid is Paid =>
  paid?.status === 'CAPTURED' &&
  kept(paid) > 0 &&
  paid.disputes.every(({ status }) => status === 'WON' || status === 'CLOSED');

const dispute = (which: Which, { how, inquiry }: { how: How; inquiry: boolean }) =>
  step(
    `${inquiry ? 'ask about' : 'dispute'} the ${which} (${how})`,
    (model) => isQuiet(model[which]),
    async (model, real) => {
      const paid = model[which];
      if (paid === null) return;
      const amount = kept(paid);
      const asked = { path: 'dispute', form: `amount=${amount}&inquiry=${inquiry}` };
      const id = await toldSo(real, how, () => atBank(real, which, asked));
      paid.disputes.push({ id, amount, status: inquiry ? 'INQUIRY' : 'OPEN' });
    },
  );

const decide = (which: Which, { how, outcome }: { how: How; outcome: 'won' | 'lost' }) =>
  step(
    `the ${which} is ${outcome} (${how})`,
    (model) => ['INQUIRY', 'OPEN'].includes(model[which]?.disputes.at(-1)?.status ?? ''),
    async (model, real) => {
      const paid = model[which];
      const last = paid?.disputes.at(-1);
      if (!paid || !last) return;
      const isInquiry = last.status === 'INQUIRY';
      const form = `outcome=${isInquiry ? 'closed' : outcome}`;
      await toldSo(real, how, () => real.test.atProcessor(`/simulator/disputes/${last.id}/settle`, form));
      decided(paid, isInquiry ? 'CLOSED' : outcome === 'won' ? 'WON' : 'LOST');
      await look(real);
    },
  );

const which = fc.constantFrom<Which>('deposit', 'balance');
const how = fc.constantFrom<How>(...HOW);
const often = <Item>(item: Item): Item[] => [item, item, item];
const refunds = fc.tuple(which, fc.constantFrom(500, 2000, DEPOSIT));
const disputes = fc.tuple(which, how, fc.constantFrom(false, false, true));
const decisions = fc.tuple(which, how, fc.constantFrom<'won' | 'lost'>('won', 'won', 'lost'));
const BEFORE: fc.Arbitrary<Step>[] = [
  fc.constant(pay('pm_card_visa', 'AUTHORIZED')),
  fc.constant(pay('pm_card_authenticationRequired', 'REQUIRES_ACTION')),
  fc.constant(pay('pm_card_chargeCustomerFail', 'FAILED')),
  how.map(authenticate),
  how.map(expire),
  fc.constant(wait),
  fc.constant(confirm),
  fc.constant(refuse),
];
const AFTER: fc.Arbitrary<Step>[] = [
  ...often(fc.constant(payBalance)),
  fc.constant(complete),
  fc.constant(stayAway),
  fc.constantFrom(0, 50, 100).map(cancel),
  fc.constant(wait),
  ...often(refunds.map(([of, amount]) => refund(of, amount))),
  ...often(disputes.map(([of, told, inquiry]) => dispute(of, { how: told, inquiry }))),
  ...often(decisions.map(([of, told, outcome]) => decide(of, { how: told, outcome }))),
];
// Most go on from a booking that is paid for: before that, few ways lead anywhere.
const paidFor = () => [pay('pm_card_visa', 'AUTHORIZED'), confirm];
const BOOKINGS = fc.commands([...BEFORE, ...AFTER], { maxCommands: 40, size: 'max' });
const appointments = (stepsMax: number) => fc.commands(AFTER, { maxCommands: stepsMax, size: 'max' });
/** What may happen to a booking and its money, so many steps after it was paid for at most. */
export const stories = (stepsMax: number) =>
  fc.oneof(
    { weight: 1, arbitrary: BOOKINGS },
    { weight: 3, arbitrary: appointments(stepsMax).map((steps) => [...paidFor(), ...steps]) },
  );
