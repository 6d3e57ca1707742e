import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import type { MandateUse } from '../payment-methods/mandate.ts';
import { Mandate } from '../payment-methods/mandate.ts';
import { newsOf, organizationOf, staffOf, type UnderTest } from '../payments-for-tests.ts';
import type { Quote } from './read-quote.ts';

const SET_POLICY = `mutation ($input: SetPaymentPolicyInput!) { setPaymentPolicy(input: $input) {
  __typename ... on PaymentPolicySet { policy { version } } } }`;

/** What a manager decides, through the graph. */
export async function decide(test: UnderTest, organizationId: string, change: object): Promise<unknown> {
  const now = test.clock().getTime() / 1000;
  const manager = { ...staffOf(organizationId, 'MANAGER'), authenticatedAt: now };
  const input = { idempotencyKey: randomUUID(), ...change };
  const { data, errors } = await test.ask(manager, SET_POLICY, { input });
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data?.['setPaymentPolicy'];
}

export const IN_TEN_DAYS = '2030-05-16T09:00:00.000Z';

/** A client with a card, in an organization of its own, and the quote of a slot in ten days. */
export async function newcomer(
  test: UnderTest,
  { card = 'pm_card_visa', change = {} }: { card?: string; change?: Partial<Quote> } = {},
) {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const paymentMethodId = await test.addCard(client, card);
  const endsAt = new Date(Date.parse(change.startsAt ?? IN_TEN_DAYS) + 3_600_000).toISOString();
  const quote = test.quoteFor(client, {
    startsAt: IN_TEN_DAYS,
    endsAt,
    timeZone: 'Europe/London',
    priceMinor: 4500,
    ...change,
  });
  return { client, organizationId, paymentMethodId, quote };
}

/** What a client agreed to with the card they have; `maxAmountMinor` is all that may ever be taken under it. */
export async function agree(
  test: UnderTest,
  asked: { client: Caller; paymentMethodId: string; quote: Quote },
  { covers, maxAmountMinor }: { covers: MandateUse[]; maxAmountMinor?: number },
): Promise<string> {
  const { client, paymentMethodId, quote } = asked;
  const organizationId = organizationOf(client);
  const mandate = {
    id: randomUUID(),
    organizationId,
    clientId: client.accountId ?? '',
    paymentMethodId,
    bookingId: quote.bookingId,
    textVersion: 'test',
    textSha256: Buffer.alloc(32, 7),
    language: 'en',
    acceptedAt: test.clock(),
    addressHmac: null,
    maxAmountMinor: BigInt(maxAmountMinor ?? quote.amountMinor),
    currency: quote.currency,
    covers,
    revokedAt: null,
  };
  await test.database.transaction(organizationId, (tx) => tx.manager.insert(Mandate, mandate));
  return mandate.id;
}

/** What scheduling says of the booking of a quote, with the times and prices the quote names. */
export const saidOf = (quote: Quote) => {
  const { bookingId, clientId, providerId, currency } = quote;
  const startsAt = quote.startsAt ?? IN_TEN_DAYS;
  const endsAt = quote.endsAt ?? IN_TEN_DAYS;
  const priceMinor = quote.priceMinor ?? 0;
  return {
    ...newsOf(quote),
    confirmed: { ...newsOf(quote).confirmed, startsAt, endsAt, priceMinor, currency },
    moved: (to: { startsAt?: string; priceMinor?: number }, version = 2) => {
      const start = to.startsAt ?? startsAt;
      const end = new Date(Date.parse(start) + 3_600_000).toISOString();
      const price = to.priceMinor ?? priceMinor;
      return {
        bookingId,
        clientId,
        providerId,
        startsAt: start,
        endsAt: end,
        priceMinor: price,
        currency,
        version,
      };
    },
    cancelled: (refundPercent: number, version = 9) => ({
      ...newsOf(quote).cancelled(refundPercent),
      version,
    }),
    closed: (attended: boolean, refundPercent?: number) => ({
      bookingId,
      clientId,
      endedAt: endsAt,
      attended,
      ...(refundPercent !== undefined && { refundPercent }),
    }),
  };
};

/** Every payment of an organization, oldest first: purpose, status, and what was taken less what came back. */
export async function moneyOf(test: UnderTest, organizationId: string): Promise<string[]> {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ purpose: string; status: string; net: number }>(
      `SELECT purpose, status, (captured_minor - refunded_minor - refund_pending_minor)::int AS net
       FROM payment ORDER BY created_at, purpose DESC, id`,
    ),
  );
  return rows.map(({ purpose, status, net }) => `${purpose} ${status} ${net}`);
}

/** What was said to the client by mail, by template. */
export async function toldOf(test: UnderTest, organizationId: string): Promise<unknown[]> {
  const messages = await test.published(organizationId, 'message.requested');
  return messages.map(({ template }) => template);
}

/** Hands the quote to payments, with the card there is. */
export const pay = (
  test: UnderTest,
  { client, quote, paymentMethodId }: { client: Caller; quote: Quote; paymentMethodId: string },
) => test.authorize(client, { quote, paymentMethodId });
