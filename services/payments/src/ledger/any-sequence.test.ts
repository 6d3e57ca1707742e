import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { eventually } from '@kept/testing';
import { within } from '../faults/scenes-for-tests.ts';
import {
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import type { Quote } from '../payments/read-quote.ts';
import { sweep } from '../sweeping/sweep.ts';
import { atProcessor, brokenInvariants } from './invariants-for-tests.ts';

/**
 * Whatever is done to a payment, in whatever order: it stands where an independent model says, which knows nothing of operations,
 * webhooks or the ledger; the books sum to zero and agree with the processor after every step.
 */
let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const DEPOSIT = 4500;

/** What anybody would expect of a deposit: ten lines, no machinery. */
interface Model {
  status:
    | 'NONE'
    | 'REQUIRES_ACTION'
    | 'AUTHORIZED'
    | 'CAPTURED'
    | 'VOIDED'
    | 'FAILED'
    | 'ABANDONED'
    | 'AUTH_EXPIRED';
  booking: 'HELD' | 'CONFIRMED' | 'REFUSED' | 'CANCELLED' | 'COMPLETED';
  captured: number;
  refunded: number;
}
interface Real {
  client: Caller;
  organizationId: string;
  quote: Quote;
  paymentId: string;
}
type Step = fc.AsyncCommand<Model, Real>;

const REFUND = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename } }`;
const look = ({ organizationId }: Real) => sweep(within(test.payments, organizationId));

async function check(model: Readonly<Model>, real: Real): Promise<void> {
  await eventually(
    async () => {
      // Far less than any deadline of a payment: only what waits for its next look is due.
      test.clock.advance(1_000);
      await look(real);
      const rows = await test.database.transaction(real.organizationId, (tx) =>
        tx.query<{ status: string; captured: number; refunded: number; pending: number }>(
          `SELECT status, captured_minor::int AS captured, refunded_minor::int AS refunded, refund_pending_minor::int AS pending FROM payment`,
        ),
      );
      const { status, captured, refunded } = model;
      expect(rows).toEqual(status === 'NONE' ? [] : [{ status, captured, refunded, pending: 0 }]);
      return true;
    },
    { withinMs: 5_000 },
  );
  expect(await brokenInvariants(test, real.organizationId)).toEqual([]);
}

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

const pay = (card: string, then: Model['status']) =>
  step(
    `pay ${card}`,
    ({ status }) => status === 'NONE',
    async (model, real) => {
      const paymentMethodId = await test.addCard(real.client, card);
      const { payment } = await test.authorize(real.client, { quote: real.quote, paymentMethodId });
      const [row] = await test.database.transaction(real.organizationId, (tx) =>
        tx.query<{ id: string }>('SELECT id FROM payment'),
      );
      real.paymentId = payment?.id ?? row?.id ?? '';
      model.status = then;
    },
  );

const atBank = async ({ organizationId }: Real, path: string, form = '') => {
  const [intent] = (await atProcessor(test, organizationId)).intents;
  await test.atProcessor(`/simulator/payment_intents/${intent?.id}/${path}`, form);
};

const heard = (
  name: 'confirmed' | 'refused' | 'completed',
  possible: (model: Readonly<Model>) => boolean,
  then: (model: Model) => void,
) =>
  step(name, possible, async (model, { organizationId, quote }) => {
    const news = newsOf(quote);
    if (name === 'confirmed') await test.deliver(organizationId, 'booking.confirmed', news.confirmed);
    if (name === 'refused') await test.deliver(organizationId, 'booking.refused', news.refused);
    if (name === 'completed') await test.deliver(organizationId, 'booking.completed', news.completed);
    then(model);
  });

const isHeld = ({ status, booking }: Readonly<Model>) => status === 'AUTHORIZED' && booking === 'HELD';
const stands = ({ status, booking }: Readonly<Model>) => status === 'CAPTURED' && booking === 'CONFIRMED';

const cancel = (percent: number) =>
  step(`cancel ${percent}`, stands, async (model, { organizationId, quote }) => {
    await test.deliver(organizationId, 'booking.cancelled', newsOf(quote).cancelled(percent));
    model.booking = 'CANCELLED';
    model.refunded = Math.max(model.refunded, (DEPOSIT * percent) / 100);
  });

const refund = (amountMinor: number) =>
  step(
    `refund ${amountMinor}`,
    ({ status }) => status !== 'NONE',
    async (model, { organizationId, paymentId }) => {
      const now = Math.floor(test.clock().getTime() / 1000);
      const billing = { ...staffOf(organizationId, 'BILLING'), authenticatedAt: now };
      const input = { paymentId, amountMinor, reason: 'GOODWILL', idempotencyKey: randomUUID() };
      const { data } = await test.ask(billing, REFUND, { input });
      const possible = model.status === 'CAPTURED' && amountMinor <= model.captured - model.refunded;
      const answer = (data?.['refundPayment'] as { __typename: string } | undefined)?.__typename;
      expect(answer).toBe(possible ? 'RefundRequested' : 'RefundRefused');
      if (possible) model.refunded += amountMinor;
    },
  );

const STEPS: fc.Arbitrary<Step>[] = [
  fc.constant(pay('pm_card_visa', 'AUTHORIZED')),
  fc.constant(pay('pm_card_visa', 'AUTHORIZED')),
  fc.constant(pay('pm_card_authenticationRequired', 'REQUIRES_ACTION')),
  fc.constant(pay('pm_card_chargeCustomerFail', 'FAILED')),
  fc.constant(
    step(
      'authenticate',
      ({ status }) => status === 'REQUIRES_ACTION',
      async (model, real) => {
        await atBank(real, 'authenticate', 'outcome=success');
        model.status = 'AUTHORIZED';
      },
    ),
  ),
  fc.constant(
    step('expire', isHeld, async (model, real) => {
      await atBank(real, 'expire');
      model.status = 'AUTH_EXPIRED';
    }),
  ),
  fc.constant(
    step(
      'wait',
      ({ status }) => status !== 'NONE',
      async (model) => {
        test.clock.advance(2 * 3_600_000);
        await Promise.resolve();
        // Nobody came back to their bank's page.
        if (model.status === 'REQUIRES_ACTION') model.status = 'ABANDONED';
      },
    ),
  ),
  fc.constant(
    heard('confirmed', isHeld, (model) => {
      Object.assign(model, { booking: 'CONFIRMED', status: 'CAPTURED', captured: DEPOSIT });
    }),
  ),
  fc.constant(
    heard('refused', isHeld, (model) => Object.assign(model, { booking: 'REFUSED', status: 'VOIDED' })),
  ),
  fc.constant(heard('completed', stands, (model) => (model.booking = 'COMPLETED'))),
  fc.constantFrom(0, 50, 100).map(cancel),
  fc.constantFrom(500, 2000, DEPOSIT).map(refund),
  fc.constantFrom(500, 2000, DEPOSIT).map(refund),
];

it('any sequence of steps leads where the model says, and the books sum to zero after each', async () => {
  const nightly = process.env['KEPT_NIGHTLY'] === '1';
  await fc.assert(
    fc.asyncProperty(fc.commands(STEPS, { maxCommands: 40, size: 'max' }), async (steps) => {
      const client = await test.newClient();
      const expiresAt = new Date(test.clock().getTime() + 3_600_000).toISOString();
      const real: Real = {
        client,
        organizationId: organizationOf(client),
        quote: test.quoteFor(client, { expiresAt }),
        paymentId: '',
      };
      const model: Model = { status: 'NONE', booking: 'HELD', captured: 0, refunded: 0 };
      await fc.asyncModelRun(() => ({ model, real }), steps);
    }),
    { numRuns: nightly ? 300 : 6, seed: 20_261_123, endOnFailure: true },
  );
}, 600_000);
