import { createPublicKey, randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { openStatement, type EventPayload } from '@kept/events';
import type { Caller } from '@kept/passport';
import { lockHold } from '../bookings/lock-hold.ts';
import { CANCEL, hold, mutate } from '../operations-for-tests.ts';
import { eventsOf } from '../outbox-for-tests.ts';
import {
  MONDAY,
  openBusiness,
  startTestScheduling,
  type TestBusiness,
  type TestScheduling,
} from '../scheduling-for-tests.ts';
import { onPassPaid } from './on-pass-paid.ts';
import { onPassRefundAsked, onPassRefundFailed } from './on-pass-refund.ts';
import { BEGIN, CREATE, GRANT, PASSES, PURCHASE, REDEEM, RETIRE } from './pass-operations-for-tests.ts';
import { expirePurchases } from './pass-purchase.ts';
import { redeemPass } from './redeem-pass.ts';

type Paid = EventPayload<'pass.paid'>;
interface Purchase {
  id: string;
  status: string;
  quote: string | null;
  expiresAt: string;
  price: unknown;
  pass: { creditsLeft: number; revokedAt: string | null } | null;
}

let test: TestScheduling;
let business: TestBusiness;
let client: Caller;
beforeAll(async () => {
  test = await startTestScheduling({ poolMax: 10 });
});
afterAll(() => test.stop());
beforeEach(async () => {
  test.clock.set(MONDAY);
  business = await openBusiness(test, { depositMinor: 2000 });
  client = await business.client();
});

const within = <Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> =>
  test.database.transaction(business.organizationId, work);
const product = async (more: Record<string, unknown> = {}): Promise<string> => {
  const input = {
    name: 'Ten hours',
    credits: 2,
    validityDays: 30,
    serviceIds: [business.serviceId],
    priceMinor: 12_000,
    ...more,
  };
  const answer = await mutate(test, business.staff('MANAGER'), { query: CREATE, input });
  return (answer['product'] as { id: string }).id;
};
const begin = async (buyer: Caller, input: Record<string, unknown>): Promise<Purchase> => {
  const answer = await mutate(test, buyer, { query: BEGIN, input });
  if (answer.__typename !== 'PassPurchaseBegun') throw new Error(answer.__typename);
  return answer['purchase'] as Purchase;
};
const seen = async (id: string): Promise<Purchase | null> => {
  const { data } = await test.ask(client, PURCHASE, { id });
  return (data?.['passPurchase'] ?? null) as Purchase | null;
};
/** What payments would say of a quote, by its signed contents alone. */
const paidFor = ({ quote }: Purchase): Paid => {
  const said = openStatement(
    'kept/quote/v1',
    String(quote),
    createPublicKey(test.scheduling.signingKey),
  ) as Paid;
  const { purchaseId, clientId, amountMinor, currency } = said;
  return { purchaseId, clientId, amountMinor, currency };
};
const pay = (paid: Paid) => within((tx) => onPassPaid(tx, test.scheduling, paid));
const told = (name: 'pass.granted' | 'pass.refused' | 'pass.revoked' | 'pass.kept') =>
  eventsOf(test.database, business.organizationId, name);
const passesOf = async (whose: Caller) => {
  const { data } = await test.ask(whose, PASSES);
  return (data?.['passes'] ?? []) as { id: string; creditsLeft: number; revokedAt: string | null }[];
};
const buy = async () => {
  const purchase = await begin(client, { productId: await product() });
  await pay(paidFor(purchase));
  const [pass] = await passesOf(client);
  return { purchaseId: purchase.id, passId: pass?.id ?? '' };
};
const askBack = (purchaseId: string, refundId: string) =>
  within((tx) => onPassRefundAsked(tx, test.scheduling, { purchaseId, refundId }));
const held = async (startsAt: string): Promise<string> =>
  String((await hold(test, client, { ...business, startsAt }))['id']);

it('offers a pass by a quote of who pays, how much and until when; the same key is answered the same', async () => {
  const productId = await product();
  const idempotencyKey = randomUUID();
  const purchase = await begin(client, { productId, idempotencyKey });
  expect(purchase).toMatchObject({
    status: 'OPEN',
    price: { amountMinor: 12_000, currency: 'GBP' },
    expiresAt: '2027-02-01T05:30:00.000Z',
    pass: null,
  });
  expect(
    openStatement('kept/quote/v1', String(purchase.quote), createPublicKey(test.scheduling.signingKey)),
  ).toEqual({
    v: 1,
    organizationId: business.organizationId,
    purpose: 'PASS',
    purchaseId: purchase.id,
    productId,
    clientId: client.accountId,
    holderId: client.accountId,
    amountMinor: 12_000,
    currency: 'GBP',
    expiresAt: '2027-02-01T05:30:00.000Z',
    issuedAt: MONDAY,
  });
  expect(await begin(client, { productId, idempotencyKey })).toEqual(purchase);
  expect(await seen(purchase.id)).toEqual(purchase);
  // Of somebody else's there is nothing to be seen: the answer is that for an id which nobody has.
  const stranger = await business.client();
  for (const id of [purchase.id, randomUUID()])
    expect(await test.ask(stranger, PURCHASE, { id })).toMatchObject({
      data: { passPurchase: null },
      errors: [],
    });
  // What has no price is sold at the front desk; what is no longer sold does not exist; five at a time are enough.
  const unpriced = await product({ priceMinor: null });
  const refusal = await mutate(test, client, { query: BEGIN, input: { productId: unpriced } });
  expect(refusal.__typename).toBe('PassNotSold');
  for (let open = 1; open < 5; open += 1) await begin(client, { productId });
  const sixth = await mutate(test, client, { query: BEGIN, input: { productId } });
  expect(sixth).toMatchObject({ __typename: 'LimitReached', limit: 5 });
  await mutate(test, business.staff('MANAGER'), { query: RETIRE, input: { productId } });
  await expect(mutate(test, client, { query: BEGIN, input: { productId } })).rejects.toThrow('NOT_FOUND');
  await expect(product({ priceMinor: 0 })).rejects.toThrow('BAD_INPUT');
});

it('grants one pass of one payment, however often and at once it is told of it', async () => {
  const purchase = await begin(client, { productId: await product() });
  const paid = paidFor(purchase);
  await Promise.all([pay(paid), pay(paid), pay(paid)]);
  await pay(paid);
  expect(await passesOf(client)).toMatchObject([{ creditsLeft: 2, revokedAt: null }]);
  const validUntil = '2027-03-04T00:00:00.000Z';
  expect(await told('pass.granted')).toEqual([{ purchaseId: purchase.id, validUntil }]);
  expect(await seen(purchase.id)).toMatchObject({ status: 'PAID', quote: null, pass: { creditsLeft: 2 } });
  // PostgreSQL keeps it as well: no second pass, no step that is none, and no other price.
  const write = (sql: string) => within((tx) => tx.query(sql));
  const refusal = (constraint: string) => ({ driverError: { constraint } });
  await expect(
    write(`INSERT INTO pass (id, organization_id, client_id, product_id, credits, used, time_zone, valid_until, granted_at,
      purchase_id) SELECT gen_random_uuid(), organization_id, client_id, product_id, credits, 0, time_zone, valid_until,
      granted_at, purchase_id FROM pass`),
  ).rejects.toMatchObject(refusal('one_pass_per_purchase'));
  await expect(write(`UPDATE pass_purchase SET status = 'OPEN'`)).rejects.toMatchObject(
    refusal('purchase_takes_only_known_steps'),
  );
  await expect(write('UPDATE pass_purchase SET price_minor = 1')).rejects.toMatchObject(
    refusal('what_was_offered_does_not_change'),
  );
});

it('keeps a promise when its minutes are over and the product is no longer sold', async () => {
  const productId = await product();
  const purchase = await begin(client, { productId });
  await mutate(test, business.staff('MANAGER'), { query: RETIRE, input: { productId } });
  test.clock.advance(31 * 60_000);
  expect(await seen(purchase.id)).toMatchObject({ status: 'EXPIRED', quote: null });
  await within((tx) => expirePurchases(tx, test.clock()));
  // Authorized within the minutes, taken after them.
  await pay(paidFor(purchase));
  expect(await seen(purchase.id)).toMatchObject({ status: 'PAID', pass: { creditsLeft: 2 } });
});

it('lets the money go back for what it cannot grant: another amount or payer, nobody it knows, or no purchase', async () => {
  const productId = await product();
  const offers = await Promise.all([1, 2, 3, 4].map(() => begin(client, { productId })));
  const [cheaper, foreign, other, gone] = offers.map(paidFor) as [Paid, Paid, Paid, Paid];
  await pay({ ...cheaper, amountMinor: 1 });
  await pay({ ...foreign, clientId: randomUUID() });
  await pay({ ...other, currency: 'EUR' });
  const unknown = randomUUID();
  await pay({ ...gone, purchaseId: unknown });
  await within((tx) => tx.query('DELETE FROM client WHERE id = $1', [client.accountId]));
  await pay(gone);
  expect(await told('pass.refused')).toEqual([
    { purchaseId: cheaper.purchaseId, reason: 'QUOTE_MISMATCH' },
    { purchaseId: foreign.purchaseId, reason: 'QUOTE_MISMATCH' },
    { purchaseId: other.purchaseId, reason: 'QUOTE_MISMATCH' },
    { purchaseId: unknown, reason: 'PURCHASE_UNKNOWN' },
    { purchaseId: gone.purchaseId, reason: 'CLIENT_UNKNOWN' },
  ]);
  expect(await told('pass.granted')).toEqual([]);
  expect(await passesOf(client)).toEqual([]);
});

it('is bought by a guardian for whom they answer, and for nobody else', async () => {
  const child = await business.client();
  const guardian = { ...client, dependants: [child.accountId ?? ''] };
  const productId = await product();
  const purchase = await begin(guardian, { productId, clientId: child.accountId });
  const paid = paidFor(purchase);
  expect(paid.clientId).toBe(client.accountId);
  await pay(paid);
  expect(await passesOf(child)).toHaveLength(1);
  expect(await passesOf(client)).toEqual([]);
  await expect(
    mutate(test, client, { query: BEGIN, input: { productId, clientId: child.accountId } }),
  ).rejects.toThrow('NOT_FOUND');
});

it('takes an unused pass back before its money goes, and gives it again when the money could not', async () => {
  const { purchaseId, passId } = await buy();
  const [first, second] = [randomUUID(), randomUUID()];
  await askBack(purchaseId, first);
  await askBack(purchaseId, first);
  expect(await told('pass.revoked')).toEqual([
    { purchaseId, refundId: first },
    { purchaseId, refundId: first },
  ]);
  expect(await seen(purchaseId)).toMatchObject({ status: 'RETURNED', pass: { creditsLeft: 0 } });
  const holdId = await held('2027-02-03T10:00:00.000Z');
  const redeem = () => mutate(test, client, { query: REDEEM, input: { holdId, passId } });
  expect(await redeem()).toMatchObject({ __typename: 'PassRefused', code: 'GIVEN_BACK' });
  const failed = (refundId: string) =>
    within((tx) => onPassRefundFailed(tx, test.scheduling, { purchaseId, refundId }));
  // Asked for once more, before the first refund was known to have failed: what is told of the first one changes nothing.
  await askBack(purchaseId, second);
  await failed(first);
  expect(await redeem()).toMatchObject({ code: 'GIVEN_BACK' });
  await failed(second);
  expect(await redeem()).toMatchObject({ __typename: 'BookedWithPass', pass: { creditsLeft: 1 } });
  await askBack(purchaseId, randomUUID());
  expect(await told('pass.kept')).toMatchObject([{ purchaseId, reason: 'CREDIT_USED' }]);
});

it('is given back once its credits are: what was called off in time costs nothing', async () => {
  const { purchaseId, passId } = await buy();
  const input = { holdId: await held('2027-02-05T10:00:00.000Z'), passId };
  const { booking } = (await mutate(test, client, { query: REDEEM, input })) as unknown as {
    booking: { id: string; version: number };
  };
  await askBack(purchaseId, randomUUID());
  const change = { bookingId: booking.id, expectedVersion: booking.version };
  await mutate(test, client, { query: CANCEL, input: change });
  await askBack(purchaseId, randomUUID());
  expect([(await told('pass.kept')).length, (await told('pass.revoked')).length]).toEqual([1, 1]);
});

it('[scheduling F15] of a refund and an appointment for one pass at the same moment, one is had', async () => {
  const starts = ['08', '10', '12', '14'].map((hour) => `2027-02-03T${hour}:00:00.000Z`);
  for (const startsAt of starts) {
    client = await business.client();
    const { purchaseId, passId } = await buy();
    const holdId = await held(startsAt);
    const refundId = randomUUID();
    const [booked] = await Promise.all([
      mutate(test, client, { query: REDEEM, input: { holdId, passId } }),
      askBack(purchaseId, refundId),
    ]);
    const answers = [await told('pass.revoked'), await told('pass.kept')].map((all) =>
      all.some((answer) => 'refundId' in answer && answer.refundId === refundId),
    );
    expect(answers).toEqual(booked.__typename === 'BookedWithPass' ? [false, true] : [true, false]);
  }
  // And in PostgreSQL, for whoever forgets to ask: what is given back pays for nothing, what has paid is not given back.
  const { purchaseId, passId } = await buy();
  await askBack(purchaseId, randomUUID());
  const holdId = await held('2027-02-04T10:00:00.000Z');
  const refusal = { driverError: { constraint: 'what_is_given_back_pays_for_nothing' } };
  await expect(
    within((tx) =>
      tx.query(
        `INSERT INTO pass_redemption (booking_id, organization_id, pass_id, redeemed_at)
         SELECT booking_id, organization_id, $1, now() FROM slot_hold WHERE id = $2`,
        [passId, holdId],
      ),
    ),
  ).rejects.toMatchObject(refusal);
  const refused = await within(async (tx) => {
    const found = await lockHold(tx, holdId);
    return found && redeemPass(tx, { passId, booking: found.booking, now: test.clock() });
  });
  expect(refused).toMatchObject({ code: 'GIVEN_BACK' });
  // What the business gave is not sold, and so never given back for money.
  const input = { productId: await product(), clientId: client.accountId };
  await mutate(test, business.staff('FRONT_DESK'), { query: GRANT, input });
  await expect(
    within((tx) =>
      tx.query(
        'UPDATE pass SET revoked_at = now(), revoked_for = gen_random_uuid() WHERE purchase_id IS NULL',
      ),
    ),
  ).rejects.toMatchObject({ driverError: { constraint: 'only_what_was_bought_is_given_back' } });
});
