// A business that takes its money at the appointment. A client agrees to it ten days ahead; two days before it is reserved,
// the bank asks for them, a letter brings them back; it is taken when the appointment is over. Another one moves to a longer
// appointment and pays the difference; and buys a pass, uses it, and gives another one back. Over HTTP, nothing faked; the steps build on each other and run in this order.
import { bookingOperations as operations } from './booking-operations.ts';
import { addCard, freeSlots, holdSlot, seenBy, statusOf, type Hold } from './book.ts';
import { newKey } from './graph.ts';
import { mailArrives } from './mailbox.ts';
import { Person } from './person.ts';
import { CONSULTATION, openStack, settles, type Stack } from './stack.ts';

const HOUR = 3_600_000;

let stack: Stack;
let client: Person;
let manager: Person;
let methodId = '';
let hold: Hold;
let startsAt = '';

beforeAll(async () => {
  stack = await openStack();
  client = await new Person(stack, stack.account('client')).signIn();
  manager = await new Person(stack, stack.account('manager')).signIn();
}, 180_000);
afterAll(async () => stack?.stop());

const outcome = (answer: Record<string, Record<string, unknown>>): Record<string, unknown> =>
  Object.values(answer)[0] ?? {};
const ask = async (person: Person, query: string, input: object): Promise<Record<string, unknown>> =>
  outcome(await person.tell(query, { input: { ...input, idempotencyKey: newKey() } }));
const money = async (bookingId: string) => {
  const { booking } = await seenBy(
    client,
    bookingId,
    'payments { id purpose status } amountDue { amountMinor }',
  );
  return booking as unknown as {
    payments: { id: string; purpose: string; status: string }[];
    amountDue: { amountMinor: number };
  };
};
const states = async (bookingId: string) =>
  (await money(bookingId)).payments.map(({ purpose, status }) => `${purpose} ${status}`);

/** The words are shown, and exactly they are agreed to. */
async function agree(quote: string): Promise<unknown> {
  const shown = { quote, language: 'en', balance: true };
  const { mandateTerms } = await client.tell<{
    mandateTerms: { version: string; sha256: string; text: string };
  }>(`query ($input: MandateTermsInput!) { mandateTerms(input: $input) { version sha256 text } }`, {
    input: shown,
  });
  expect(mandateTerms.text).toContain('20.00');
  const { __typename } = await ask(
    client,
    `mutation ($input: AcceptMandateInput!) { acceptMandate(input: $input) { __typename } }`,
    {
      ...shown,
      paymentMethodId: methodId,
      textVersion: mandateTerms.version,
      textSha256: mandateTerms.sha256,
    },
  );
  return __typename;
}
const authorize = (quote: string) =>
  ask(
    client,
    `mutation ($input: AuthorizeDepositInput!) { authorizeDeposit(input: $input) { __typename
       ... on SlotSecured { payment { id status authorizeAt } } } }`,
    { quote, paymentMethodId: methodId },
  );

describe('an appointment that is paid for later', () => {
  it('is what a manager decides, with a fresh second factor', async () => {
    const decided = await ask(
      manager,
      `mutation ($input: SetPaymentPolicyInput!) { setPaymentPolicy(input: $input) { __typename
         ... on PaymentPolicySet { policy { version capture farAhead } } } }`,
      { capture: 'AT_APPOINTMENT', farAhead: 'SET_UP', onUnpaid: 'RELEASE' },
    );
    expect(decided).toMatchObject({ policy: { version: 1, capture: 'AT_APPOINTMENT', farAhead: 'SET_UP' } });
  });

  it('is agreed to ten days ahead, and stands without a penny reserved', async () => {
    methodId = await addCard(stack, client, 'tok_authenticationRequired');
    startsAt = (await freeSlots(stack, { days: [10, 14] }))[0]?.startsAt ?? '';
    hold = await holdSlot(client, startsAt);
    expect(await agree(hold.quote)).toBe('MandateAccepted');
    const twoDaysBefore = new Date(Date.parse(startsAt) - 48 * HOUR).toISOString();
    expect(await authorize(hold.quote)).toMatchObject({
      __typename: 'SlotSecured',
      payment: { status: 'CREATED', authorizeAt: twoDaysBefore },
    });
    await settles(async () => expect(await statusOf(client, hold.bookingId)).toBe('CONFIRMED'));
    expect(await states(hold.bookingId)).toEqual(['HOLD CREATED']);
  });

  it('is reserved two days before: the bank asks for the client, and a letter brings them back', async () => {
    await stack.clock.moveTo(new Date(Date.parse(startsAt) - 48 * HOUR + 60_000));
    const letter = await mailArrives(stack.mailboxUrl, client.account.email, /payment for your appointment/i);
    expect(letter.text).toContain('20.00');
    await client.signIn();
    const [payment] = (await money(hold.bookingId)).payments;
    const back = await ask(
      client,
      `mutation ($input: ResumePaymentInput!) { resumePayment(input: $input) { __typename
         ... on PaymentRequiresAction { clientSecret payment { actionDueAt } } } }`,
      { paymentId: payment?.id },
    );
    const aDayBefore = new Date(Date.parse(startsAt) - 24 * HOUR).toISOString();
    expect(back).toMatchObject({ __typename: 'PaymentRequiresAction', payment: { actionDueAt: aDayBefore } });
    const intentId = String(back['clientSecret']).split('_secret')[0];
    await fetch(`${stack.local.simulatorUrl}/simulator/payment_intents/${intentId}/authenticate`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_app' },
      body: 'outcome=success',
    });
    await settles(async () => expect(await states(hold.bookingId)).toEqual(['HOLD AUTHORIZED']));
  });

  it('is taken when it is over', async () => {
    await stack.clock.moveTo(new Date(Date.parse(startsAt) + HOUR));
    await manager.signIn();
    const { booking } = await manager.tell<{ booking: { version: number } }>(operations.booking, {
      id: hold.bookingId,
    });
    const closed = await ask(
      manager,
      `mutation ($input: CloseBookingInput!) { completeBooking(input: $input) { __typename } }`,
      { bookingId: hold.bookingId, expectedVersion: booking.version },
    );
    expect(closed['__typename']).toBe('BookingClosed');
    await client.signIn();
    await settles(async () => expect(await states(hold.bookingId)).toEqual(['HOLD CAPTURED']));
    expect((await money(hold.bookingId)).amountDue.amountMinor).toBe(6000);
  });
});

describe('an appointment that moves to another length', () => {
  it('costs its client the difference, which they see and pay', async () => {
    const { services } = await manager.tell<{ services: { id: string; version: number }[] }>(
      `{ services { id version } }`,
    );
    const changed = await ask(
      manager,
      `mutation ($input: AddServiceVariantInput!) { addServiceVariant(input: $input) { __typename
         ... on ServiceChanged { service { variants { id } } } } }`,
      {
        serviceId: CONSULTATION,
        expectedVersion: services.find(({ id }) => id === CONSULTATION)?.version,
        name: 'Long',
        durationMinutes: 90,
        priceMinor: 11_000,
        depositMinor: 2000,
      },
    );
    const { variants } = changed['service'] as { variants: { id: string }[] };
    methodId = await addCard(stack, client);
    const [first, ...later] = await freeSlots(stack, { days: [2, 9] });
    const other = await holdSlot(client, first?.startsAt ?? '');
    expect((await authorize(other.quote))['__typename']).toBe('DepositAuthorized');
    await settles(async () => expect(await statusOf(client, other.bookingId)).toBe('CONFIRMED'));
    // Payments hears of it a moment later.
    await settles(async () => expect((await money(other.bookingId)).amountDue.amountMinor).toBe(6000));
    const { booking } = await client.tell<{ booking: { version: number } }>(operations.booking, {
      id: other.bookingId,
    });
    const day = later.find(({ startsAt: at }) => at.slice(0, 10) > (first?.startsAt ?? '').slice(0, 10));
    const moved = await ask(client, operations.reschedule, {
      bookingId: other.bookingId,
      expectedVersion: booking.version,
      startsAt: day?.startsAt,
      variantId: variants[0]?.id,
    });
    expect(moved['__typename']).toBe('BookingRescheduled');
    await settles(async () => expect((await money(other.bookingId)).amountDue.amountMinor).toBe(9000));
    const paid = await ask(
      client,
      `mutation ($input: PayBalanceInput!) { payBalance(input: $input) { __typename } }`,
      { bookingId: other.bookingId, paymentMethodId: methodId, tipMinor: 500 },
    );
    expect(paid['__typename']).toBe('BalancePaid');
    await settles(async () =>
      expect((await states(other.bookingId)).toSorted()).toEqual(['BALANCE CAPTURED', 'HOLD AUTHORIZED']),
    );
    expect((await money(other.bookingId)).amountDue.amountMinor).toBe(0);
  });
});

describe('a pass that is bought', () => {
  interface PassView {
    id: string;
    creditsLeft: number;
    purchaseId: string;
    revokedAt: string | null;
  }
  const passes = async () =>
    (await client.tell<{ passes: PassView[] }>(`{ passes { id creditsLeft purchaseId revokedAt } }`)).passes;
  const buy = async (productId: string) => {
    const before = (await passes()).map(({ id }) => id);
    const begun = await ask(
      client,
      `mutation ($input: BeginPassPurchaseInput!) { beginPassPurchase(input: $input) { __typename
         ... on PassPurchaseBegun { purchase { id quote } } } }`,
      { productId },
    );
    const { quote } = begun['purchase'] as { quote: string };
    const paid = await ask(
      client,
      `mutation ($input: BuyPassInput!) { buyPass(input: $input) { __typename
         ... on PassPaid { payment { id purpose status } } } }`,
      { quote, paymentMethodId: methodId },
    );
    expect(paid).toMatchObject({ __typename: 'PassPaid', payment: { purpose: 'PASS', status: 'CAPTURED' } });
    await settles(async () => expect((await passes()).length).toBe(before.length + 1));
    const pass = (await passes()).find(({ id }) => !before.includes(id));
    return { passId: pass?.id ?? '', paymentId: (paid['payment'] as { id: string }).id };
  };
  const giveBack = async (paymentId: string) => {
    const billing = await new Person(stack, stack.account('billing')).signIn();
    const returned = await ask(
      billing,
      `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename } }`,
      { paymentId, amountMinor: 12_000, reason: 'GOODWILL' },
    );
    expect(returned['__typename']).toBe('RefundRequested');
  };
  const refunds = async (paymentId: string) => {
    const { payment } = await client.tell<{ payment: { refunds: { status: string }[] } }>(
      `query ($id: ID!) { payment(id: $id) { refunds { status } } }`,
      { id: paymentId },
    );
    return payment.refunds.map(({ status }) => status);
  };

  it('is paid for, there by itself, pays for an appointment; and is given back only while nothing was booked with it', async () => {
    const offered = await ask(
      manager,
      `mutation ($input: CreatePassProductInput!) { createPassProduct(input: $input) { __typename
         ... on PassProductOffered { product { id } } } }`,
      { name: 'Ten visits', credits: 10, validityDays: 365, serviceIds: [CONSULTATION], priceMinor: 12_000 },
    );
    const productId = (offered['product'] as { id: string }).id;
    const used = await buy(productId);
    const slot = await holdSlot(client, (await freeSlots(stack, { days: [3, 9] }))[0]?.startsAt ?? '');
    const booked = await ask(
      client,
      `mutation ($input: ConfirmWithPassInput!) { confirmWithPass(input: $input) { __typename
         ... on BookedWithPass { booking { status } pass { creditsLeft } } } }`,
      { holdId: slot.id, passId: used.passId },
    );
    expect(booked).toMatchObject({ booking: { status: 'CONFIRMED' }, pass: { creditsLeft: 9 } });
    const unused = await buy(productId);
    await giveBack(used.paymentId);
    await giveBack(unused.paymentId);
    await settles(async () => expect(await refunds(used.paymentId)).toEqual(['CANCELED']));
    await settles(async () => expect(await refunds(unused.paymentId)).toEqual(['SUCCEEDED']));
    const left = new Map((await passes()).map(({ id, creditsLeft }) => [id, creditsLeft]));
    expect([left.get(used.passId), left.get(unused.passId)]).toEqual([9, 0]);
    await settles(async () => {
      const letter = await mailArrives(stack.mailboxUrl, client.account.email, /received your payment/i);
      expect(letter.text).toMatch(/120\.00 for your pass/);
    });
  });
});
