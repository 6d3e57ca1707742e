import { randomUUID } from 'node:crypto';
import { may } from '@kept/access-policy';
import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import { readQuote, type Quote } from '../payments/read-quote.ts';
import type { AcceptMandateInput, MandateTermsInput } from '../schema-types.ts';
import { lockClient } from './lock-client.ts';
import { Mandate } from './mandate.ts';
import { LANGUAGES } from './mandate-texts.ts';
import { mandateTermsOf, type MandateTerms } from './mandate-terms.ts';
import { PaymentMethod } from './payment-method.ts';

export type Acceptance =
  | { kind: 'ACCEPTED'; mandateIds: string[]; terms: MandateTerms }
  /** Other words than were shown would be agreed to now. */
  | { kind: 'CHANGED'; terms: MandateTerms }
  | { kind: 'REFUSED'; reason: 'INVALID' | 'EXPIRED' }
  | { kind: 'NOTHING_TO_ACCEPT' }
  | { kind: 'CONFLICT' };

type Asked = Pick<AcceptMandateInput & MandateTermsInput, 'quote' | 'language' | 'balance'>;

/** The words that a client would agree to for this quote; null when it asks for nothing that needs them, or is none. */
export function readTerms(context: PaymentsContext, asked: Asked): MandateTerms | null {
  const quote = quoteOf(context, asked.quote);
  return quote === null ? null : termsOf(quote, asked);
}

function termsOf(quote: Quote, { language, balance }: Asked): MandateTerms | null {
  // A language that nobody has written yet is read in English, as the mails are.
  const known = LANGUAGES.find((code) => language.toLowerCase().split('-')[0] === code) ?? 'en';
  return mandateTermsOf(quote, { language: known, balance: balance ?? false });
}

function quoteOf(context: PaymentsContext, text: string): Quote | null {
  const { organizationId, accountId } = askingAccount(context);
  return readQuote(text, { key: context.payments.quoteKey, organizationId, clientId: accountId });
}

/**
 * Writes down what a client agrees to: exactly the words that were shown to them, by their hash, for one card and one
 * booking; a row for each use, so that what one was agreed at never pays for another. Nothing is charged by it.
 */
export async function acceptMandate(
  context: PaymentsContext,
  input: AcceptMandateInput,
): Promise<Acceptance> {
  const { payments } = context;
  const { accountId } = askingAccount(context);
  const quote = quoteOf(context, input.quote);
  if (quote === null) return { kind: 'REFUSED', reason: 'INVALID' };
  const terms = termsOf(quote, input);
  if (terms === null) return { kind: 'NOTHING_TO_ACCEPT' };
  const shown = input.textVersion === terms.version && input.textSha256 === terms.sha256.toString('hex');
  if (!shown) return { kind: 'CHANGED', terms };
  const { paymentMethodId, idempotencyKey: key, textSha256 } = input;
  const request = { bookingId: quote.bookingId, paymentMethodId, textSha256 };
  try {
    const mandateIds = await inOrganization(context, async (tx) => {
      await knowOrganization(tx);
      return onceByKey<string[]>(tx, { actor: accountId, operation: 'acceptMandate', key, request }, () =>
        payments.clock() >= new Date(quote.expiresAt)
          ? Promise.resolve([])
          : write(context, tx, { quote, terms, paymentMethodId }),
      );
    });
    return mandateIds.length === 0
      ? { kind: 'REFUSED', reason: 'EXPIRED' }
      : { kind: 'ACCEPTED', mandateIds, terms };
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { kind: 'CONFLICT' };
    throw error;
  }
}

async function write(
  { payments, ability, caller }: PaymentsContext,
  tx: Transaction,
  { quote, terms, paymentMethodId: id }: { quote: Quote; terms: MandateTerms; paymentMethodId: string },
): Promise<string[]> {
  const now = payments.clock();
  const { organizationId, clientId, bookingId } = quote;
  await lockClient(tx, { organizationId, clientId, now });
  const method = await ifUuid(id, () => tx.manager.findOneBy(PaymentMethod, { id }));
  const usable = method?.status === 'ACTIVE' && !method.isExpired(now);
  if (!usable || !may(ability, 'use', 'PaymentMethod', method)) throw refused.notFound('payment method');
  const covered = terms.uses.map(({ use }) => [use]);
  // Agreed to again, after the price or the card page had changed: the later word counts.
  for (const covers of covered) {
    await tx.query(
      `UPDATE mandate SET revoked_at = $4
       WHERE booking_id = $1 AND payment_method_id = $2 AND covers = $3 AND revoked_at IS NULL`,
      [bookingId, method.id, covers, now],
    );
  }
  const address = caller.networkAddress;
  const place = { table: 'mandate', column: 'address_hmac' };
  const addressHmac = address === null ? null : await payments.keyring.blindIndex(tx, place, address);
  const rows = terms.uses.map(({ use, maxAmountMinor }) => ({
    id: randomUUID(),
    organizationId,
    clientId,
    paymentMethodId: method.id,
    bookingId,
    textVersion: terms.version,
    textSha256: terms.sha256,
    language: terms.language,
    acceptedAt: now,
    addressHmac,
    maxAmountMinor,
    currency: terms.currency,
    covers: [use],
    revokedAt: null,
  }));
  await tx.manager.insert(Mandate, rows);
  // A card that stands for something is in use, whether or not it is ever charged.
  await tx.manager.update(PaymentMethod, method.id, { lastUsedAt: now });
  for (const { id: mandateId, covers } of rows) {
    await recordChange(tx, {
      actor: caller,
      action: 'mandate_accepted',
      subject: { type: 'mandate', id: mandateId },
      dataSubjectId: clientId,
      at: now,
      details: { bookingId, textVersion: terms.version, covers: covers.join(' ') },
    });
  }
  return rows.map((row) => row.id);
}
