import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import {
  clientOf,
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';

// Thieves try out stolen cards where it costs nothing: many attempts, small or none, until one goes through. Attempts that fail
// are counted by card, client and network, ask for the cardholder, then lead nowhere; and nobody learns that no bank was asked.
let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

const DECLINING = 'pm_card_chargeCustomerFail';

async function pays(client: Caller, paymentMethodId: string, change: { amountMinor?: number } = {}) {
  const quote = test.quoteFor(client, change);
  return { quote, ...(await test.authorize(client, { quote, paymentMethodId })) };
}

const assessments = (organizationId: string) =>
  test.database.transaction(organizationId, (tx) =>
    tx.query<{ outcome: string; reasons: string[]; rule_version: number; paid: boolean }>(
      `SELECT outcome, reasons, rule_version, payment_id IS NOT NULL AS paid FROM payment_assessment ORDER BY assessed_at, id`,
    ),
  );
const outcomes = async (organizationId: string) =>
  (await assessments(organizationId)).filter(({ paid }) => paid).map(({ outcome }) => outcome);
const asked = async (path: string) =>
  (await test.atProcessor<{ path: string; method: string }[]>('/simulator/requests')).filter(
    (request) => request.method === 'POST' && request.path === path,
  ).length;

describe('[PAY-03] [payments T27] a burst of attempts with cards that fail', () => {
  it('is asked for the cardholder, then blocked, in the same words throughout', async () => {
    const client = { ...(await test.newClient()), networkAddress: '198.51.100.7' };
    const organizationId = organizationOf(client);
    const card = await test.addCard(client, DECLINING);
    const before = await asked('/v1/payment_intents');
    const answers = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const { quote: _quote, ...answer } = await pays(client, card);
      answers.push(answer);
      test.clock.advance(1_000);
    }
    const declined = {
      __typename: 'PaymentDeclined',
      message: 'The payment was declined. Please try another payment method.',
    };
    // The third is for its cardholder to answer, who is not there; from then on nothing leads anywhere.
    expect(answers.map(({ __typename }) => __typename)[2]).toBe('PaymentRequiresAction');
    expect(answers.toSpliced(2, 1)).toEqual(Array.from({ length: 5 }, () => declined));
    expect(await outcomes(organizationId)).toEqual([
      'ALLOW',
      'ALLOW',
      'REQUIRE_SCA',
      'BLOCK',
      'BLOCK',
      'BLOCK',
    ]);
    // No bank heard of the last three, and the processor was asked something all the same.
    expect((await asked('/v1/payment_intents')) - before).toBe(3);
    const rows = await test.database.transaction(organizationId, (tx) =>
      tx.query(`SELECT DISTINCT status, failure_reason FROM payment WHERE status <> 'REQUIRES_ACTION'`),
    );
    expect(rows).toEqual([{ status: 'FAILED', failure_reason: 'card_declined' }]);
    expect(await test.published(organizationId, 'payment.failed')).toHaveLength(5);
    // An hour later what failed then counts no more.
    test.clock.advance(3_600_000);
    await pays(client, card);
    expect((await outcomes(organizationId)).at(-1)).toBe('ALLOW');
  });

  it('counts what was blocked for nothing: whoever tries again is not locked out for longer', async () => {
    const client = { ...(await test.newClient()), networkAddress: '198.51.100.11' };
    const card = await test.addCard(client, DECLINING);
    for (const minutes of [0, 0, 0, 30, 0, 0, 31]) {
      test.clock.advance(minutes * 60_000 + 1_000);
      await pays(client, card);
    }
    const seen = await outcomes(organizationOf(client));
    expect(seen.slice(3)).toEqual(['BLOCK', 'BLOCK', 'BLOCK', 'ALLOW']);
  });

  it('all at once: as many reach the bank as one after the other, and not one more', async () => {
    const client = { ...(await test.newClient()), networkAddress: '198.51.100.8' };
    const organizationId = organizationOf(client);
    const card = await test.addCard(client, DECLINING);
    await Promise.all(Array.from({ length: 12 }, () => pays(client, card)));
    const seen = await outcomes(organizationId);
    expect(seen.filter((outcome) => outcome !== 'BLOCK')).toHaveLength(3);
  });

  it('counts cards that are brought and refused, before anything is paid', async () => {
    const client = { ...(await test.newClient()), networkAddress: '198.51.100.9' };
    const organizationId = organizationOf(client);
    const ADD = `mutation ($input: AddPaymentMethodInput!) { addPaymentMethod(input: $input) { __typename ... on PaymentMethodRefused { message } } }`;
    const before = await asked('/v1/payment_methods/pm_card_thatIsNone/attach');
    const answers = new Set<string>();
    for (let attempt = 0; attempt < 7; attempt += 1) {
      const input = { token: 'pm_card_thatIsNone', idempotencyKey: randomUUID() };
      const { data } = await test.ask(client, ADD, { input });
      answers.add(JSON.stringify(data?.['addPaymentMethod']));
      test.clock.advance(1_000);
    }
    expect(answers.size).toBe(1);
    expect([...answers][0]).toContain('PaymentMethodRefused');
    expect((await assessments(organizationId)).map(({ outcome }) => outcome)).toEqual([
      ...Array.from({ length: 3 }, () => 'ALLOW'),
      'REQUIRE_SCA',
      'REQUIRE_SCA',
      'BLOCK',
      'BLOCK',
    ]);
    expect((await asked('/v1/payment_methods/pm_card_thatIsNone/attach')) - before).toBe(5);
  });

  it('of one business leaves another alone', async () => {
    const attacked = { ...(await test.newClient()), networkAddress: '198.51.100.10' };
    const card = await test.addCard(attacked, DECLINING);
    for (let attempt = 0; attempt < 4; attempt += 1) await pays(attacked, card);
    const elsewhere = { ...(await test.newClient()), networkAddress: '198.51.100.10' };
    const answer = await pays(elsewhere, await test.addCard(elsewhere));
    expect(answer.__typename).toBe('DepositAuthorized');
  });
});

const REVIEWS = `{ paymentReviews { payment { id status } reasons ruleVersion } }`;
const DECIDE = `mutation ($input: DecidePaymentReviewInput!) { decidePaymentReview(input: $input) {
  __typename ... on PaymentReviewDecided { payment { id } } } }`;

describe('[PAY-03] a payment that a person has to look at', () => {
  async function held(card?: string) {
    const fresher = await test.newClient();
    const client = card === undefined ? { ...fresher, riskLevel: 'HIGH' as const } : fresher;
    const organizationId = organizationOf(client);
    const { quote, payment } = await pays(client, await test.addCard(client, card));
    const paymentId = payment?.id ?? '';
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await settlePayment(test.payments, { organizationId, paymentId });
    return { organizationId, paymentId, client, billing: fresh(staffOf(organizationId, 'BILLING')) };
  }
  const fresh = (caller: Caller): Caller => ({
    ...caller,
    authenticatedAt: Math.floor(test.clock().getTime() / 1000),
  });
  const statusOf = async ({ organizationId, paymentId }: { organizationId: string; paymentId: string }) => {
    await settlePayment(test.payments, { organizationId, paymentId });
    const [row] = await test.database.transaction(organizationId, (tx) =>
      tx.query<{ status: string }>('SELECT status FROM payment WHERE id = $1', [paymentId]),
    );
    return row?.status;
  };
  const decide = async (caller: Caller, paymentId: string, decision: string) => {
    const reason = decision === 'ACCEPT' ? 'KNOWN_CLIENT' : 'CARDHOLDER_DENIES';
    const input = { paymentId, decision, reason, idempotencyKey: randomUUID() };
    const { data, errors } = await test.ask(caller, DECIDE, { input });
    const answer = data?.['decidePaymentReview'] as { __typename: string } | undefined;
    return answer?.__typename ?? errors?.[0]?.extensions?.['code'];
  };

  it('is reserved, with its slot, and taken only once somebody of billing says so', async () => {
    const waiting = await held();
    expect(await statusOf(waiting)).toBe('AUTHORIZED');
    const { data } = await test.ask(waiting.billing, REVIEWS);
    expect(data?.['paymentReviews']).toEqual([
      {
        payment: { id: waiting.paymentId, status: 'AUTHORIZED' },
        reasons: ['RISKY_SESSION'],
        ruleVersion: 2,
      },
    ]);
    expect(await decide(waiting.billing, waiting.paymentId, 'ACCEPT')).toBe('PaymentReviewDecided');
    expect(await statusOf(waiting)).toBe('CAPTURED');
    expect(await decide(waiting.billing, waiting.paymentId, 'REFUSE')).toBe('PaymentReviewNotOpen');
    const decided = (await test.published(waiting.organizationId, 'audit.recorded')).filter(
      ({ action }) => action === 'payment_review_decided',
    );
    expect(decided).toMatchObject([
      { details: { decision: 'ACCEPT', reason: 'KNOWN_CLIENT', ruleVersion: '2' } },
    ]);
  });

  it('is released when it is refused, and scheduling hears that nobody pays for the slot', async () => {
    const waiting = await held();
    expect(await decide(waiting.billing, waiting.paymentId, 'REFUSE')).toBe('PaymentReviewDecided');
    expect(await statusOf(waiting)).toBe('VOIDED');
    expect(await test.published(waiting.organizationId, 'payment.unpaid')).toMatchObject([
      { paymentId: waiting.paymentId, reason: 'review_refused', policy: 'KEEP' },
    ]);
  });

  it('is also one that the processor itself calls a high risk, whatever our rules say', async () => {
    const waiting = await held('pm_card_riskLevelHighest');
    expect(await statusOf(waiting)).toBe('AUTHORIZED');
    expect((await assessments(waiting.organizationId)).find(({ paid }) => paid)).toMatchObject({
      outcome: 'ALLOW',
    });
    const { data } = await test.ask(waiting.billing, REVIEWS);
    expect(data?.['paymentReviews']).toMatchObject([{ payment: { id: waiting.paymentId }, reasons: [] }]);
    expect(await decide(waiting.billing, waiting.paymentId, 'ACCEPT')).toBe('PaymentReviewDecided');
    expect(await statusOf(waiting)).toBe('CAPTURED');
  });

  it('is decided once, though two decide at the same moment', async () => {
    const waiting = await held();
    const { billing, paymentId } = waiting;
    const answers = await Promise.all([
      decide(billing, paymentId, 'ACCEPT'),
      decide(billing, paymentId, 'REFUSE'),
    ]);
    expect(answers.toSorted()).toEqual(['PaymentReviewDecided', 'PaymentReviewNotOpen']);
  });

  it("is nobody else's to see or decide: the client, another business, or billing whose sign-in is old", async () => {
    const { organizationId, paymentId, client, billing } = await held();
    expect(await decide(client, paymentId, 'ACCEPT')).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    expect(await decide(staffOf(organizationId, 'FRONT_DESK'), paymentId, 'ACCEPT')).toBe(
      'UNAUTHORIZED_FIELD_OR_TYPE',
    );
    const elsewhere = organizationOf(await test.newClient());
    expect(await decide(fresh(staffOf(elsewhere, 'BILLING')), paymentId, 'ACCEPT')).toBe('NOT_FOUND');
    const old = { ...billing, authenticatedAt: Math.floor(test.clock().getTime() / 1000) - 700 };
    expect(await decide(old, paymentId, 'ACCEPT')).toBe('STEP_UP_REQUIRED');
    const { data } = await test.ask(client, REVIEWS);
    expect(data?.['paymentReviews'] ?? null).toBeNull();
  });

  it('cannot be judged anew, or decided twice, by anybody with the database of the service', async () => {
    const { organizationId, billing, paymentId } = await held();
    await decide(billing, paymentId, 'REFUSE');
    for (const change of [`outcome = 'ALLOW', reasons = '{}'`, `decision = 'ACCEPT'`, 'decided_at = now()']) {
      const changing = test.database.transaction(organizationId, (tx) =>
        tx.query(`UPDATE payment_assessment SET ${change} WHERE payment_id = $1`, [paymentId]),
      );
      await expect(changing).rejects.toThrow('a judgement does not change');
    }
  });
});

it('[PAY-03] a card of many clients is looked at, and its clients wait for nothing but that', async () => {
  const first = await test.newClient();
  const organizationId = organizationOf(first);
  for (let other = 0; other < 3; other += 1) await test.addCard(clientOf(organizationId));
  const { __typename } = await pays(first, await test.addCard(first));
  expect(__typename).toBe('DepositAuthorized');
  expect((await assessments(organizationId)).find(({ paid }) => paid)).toMatchObject({
    outcome: 'REVIEW',
    reasons: ['CARD_OF_MANY_CLIENTS'],
    rule_version: 2,
  });
});
