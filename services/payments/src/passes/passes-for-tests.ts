/** What a client, the staff and scheduling do about a pass that is bought, for the tests of payments. */
import { randomUUID } from 'node:crypto';
import { signStatement } from '@kept/events';
import type { Caller } from '@kept/passport';
import { organizationOf, staffOf, type UnderTest } from '../payments-for-tests.ts';
import type { PassQuote } from '../payments/read-quote.ts';

const BUY = `mutation ($input: BuyPassInput!) { buyPass(input: $input) { __typename
  ... on PassPaid { payment { id status purpose passPurchaseId captured { amountMinor } } }
  ... on PaymentRequiresAction { payment { id } clientSecret }
  ... on PaymentInProgress { payment { id status } }
  ... on QuoteRefused { reason message } ... on PaymentDeclined { message } } }`;
const REFUND = `mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) { __typename
  ... on RefundRequested { refund { id status cause } } ... on RefundRefused { reason }
  ... on RefundAwaitsApproval { request { id } } ... on PaymentInProgress { message } } }`;

export interface Bought {
  __typename: string;
  payment?: { id: string; status: string };
  reason?: string;
  message?: string;
  clientSecret?: string | null;
}

/** When every pass of these tests ends. */
export const ENDS = '2030-08-05T22:00:00.000Z';

export const passQuoteFor = (
  test: UnderTest,
  client: Caller,
  change: Partial<PassQuote> = {},
): PassQuote => ({
  v: 1,
  organizationId: organizationOf(client),
  purpose: 'PASS',
  purchaseId: randomUUID(),
  productId: randomUUID(),
  clientId: client.accountId ?? '',
  holderId: client.accountId ?? '',
  amountMinor: 12_000,
  currency: 'EUR',
  expiresAt: new Date(test.clock().getTime() + 30 * 60_000).toISOString(),
  issuedAt: test.clock().toISOString(),
  ...change,
});

export async function buy(
  test: UnderTest,
  client: Caller,
  asked: { quote: PassQuote | string; paymentMethodId: string; idempotencyKey?: string },
): Promise<Bought> {
  const { quote } = asked;
  const signed = typeof quote === 'string' ? quote : signStatement('kept/quote/v1', quote, test.quoteKey);
  const input = { idempotencyKey: randomUUID(), ...asked, quote: signed };
  const { data, errors } = await test.ask(client, BUY, { input });
  const answer = data?.['buyPass'] as Bought | undefined;
  if (answer === undefined) throw new Error(`no answer: ${JSON.stringify(errors)}`);
  return answer;
}

interface Buying {
  card: string;
  granted: boolean;
  client: Caller;
  paymentMethodId: string;
}

/** Bought, and granted by scheduling unless that is still to come. */
export async function bought(test: UnderTest, { card, granted = true, ...known }: Partial<Buying> = {}) {
  const client = known.client ?? (await test.newClient());
  const organizationId = organizationOf(client);
  const quote = passQuoteFor(test, client);
  const paymentMethodId = known.paymentMethodId ?? (await test.addCard(client, card));
  const { payment } = await buy(test, client, { quote, paymentMethodId });
  const { purchaseId } = quote;
  if (granted) await test.deliver(organizationId, 'pass.granted', { purchaseId, validUntil: ENDS });
  return { client, organizationId, quote, paymentMethodId, purchaseId, paymentId: payment?.id ?? '' };
}

/** Billing gives back so much, or all of it. */
export async function giveBack(
  test: UnderTest,
  { organizationId, paymentId }: { organizationId: string; paymentId: string },
  amountMinor = 12_000,
): Promise<Record<string, unknown>> {
  const authenticatedAt = Math.floor(test.clock().getTime() / 1000);
  const billing = { ...staffOf(organizationId, 'BILLING'), authenticatedAt };
  const input = { paymentId, amountMinor, reason: 'CHARGED_IN_ERROR', idempotencyKey: randomUUID() };
  const { data, errors } = await test.ask(billing, REFUND, { input });
  const answer = data?.['refundPayment'] as Record<string, unknown> | undefined;
  if (answer === undefined) throw new Error(`no answer: ${JSON.stringify(errors)}`);
  return answer;
}

/** Each refund, oldest first: status, amount and why. */
export async function refundsOf(test: UnderTest, organizationId: string): Promise<string[]> {
  const rows = await test.database.transaction(organizationId, (tx) =>
    tx.query<{ how: string }>(
      `SELECT concat_ws(' ', status, amount_minor, cause) AS how FROM refund ORDER BY created_at, id`,
    ),
  );
  return rows.map(({ how }) => how);
}

/** What scheduling was last asked to take back, and for which refund. */
export async function lastAsked(test: UnderTest, organizationId: string) {
  const asked = await test.published(organizationId, 'pass.refund_asked');
  return asked.at(-1) as { purchaseId: string; refundId: string };
}
