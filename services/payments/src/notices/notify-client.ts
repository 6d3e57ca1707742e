import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { amountInDigits } from '../money/amount-in-digits.ts';
import { toNumber } from '../money/minor-units.ts';
import type { Payment } from '../payments/payment.ts';
import type { NoticeTemplate } from './notice-of.ts';

export type Notified = Pick<
  Payment,
  'id' | 'organizationId' | 'clientId' | 'bookingId' | 'exponent' | 'currency'
>;

/**
 * Tells the client about their money by mail, once per money event: the notice is claimed by a unique constraint in the
 * same transaction, so fifty webhooks, a repeated job and a janitor together send one message. A receipt is part of the
 * contract and needs no consent. False: it was told before.
 */
export async function notifyClient(
  tx: Transaction,
  notice: {
    payment: Notified;
    template: NoticeTemplate;
    causeId: string;
    amountMinor: bigint;
    /** Until when the client can do something about it. */
    dueAt?: Date;
    at: Date;
  },
): Promise<boolean> {
  const { payment, template, causeId, amountMinor, dueAt, at } = notice;
  const id = randomUUID();
  const claimed = await tx.query(
    `INSERT INTO money_notice (id, organization_id, payment_id, cause_id, event, channel, created_at)
     VALUES ($1, $2, $3, $4, $5, 'EMAIL', $6)
     ON CONFLICT ON CONSTRAINT one_notice_per_money_event_and_channel DO NOTHING RETURNING id`,
    [id, payment.organizationId, payment.id, causeId, template, at],
  );
  if (claimed.length === 0) return false;
  await publish(tx, 'message.requested', {
    messageId: id,
    recipient: { kind: 'CLIENT', id: payment.clientId },
    template,
    purpose: 'booking.service',
    basis: 'contract',
    parameters: {
      ...(payment.bookingId === null ? { paidFor: 'PASS' } : { bookingId: payment.bookingId }),
      amount: amountInWords(amountMinor, payment),
      amountMinor: String(toNumber(amountMinor)),
      currency: payment.currency,
      ...(dueAt !== undefined && { dueAt: dueAt.toISOString() }),
      ...(isReceipt(template) && (await partsOf(tx, payment.id))),
    },
  });
  return true;
}

const isReceipt = (template: NoticeTemplate): boolean =>
  template === 'payment-captured' || template === 'payment-fee-charged';

/** What of the amount is tax, tip and discount, as the lines of the receipt say. */
async function partsOf(tx: Transaction, paymentId: string): Promise<Record<string, string>> {
  const lines = await tx.query<{ kind: string; amount: string }>(
    `SELECT lower(kind) AS kind, abs(amount_minor)::text AS amount FROM payment_line
     WHERE payment_id = $1 AND kind <> 'ITEM'`,
    [paymentId],
  );
  return Object.fromEntries(lines.map(({ kind, amount }) => [`${kind}Minor`, amount]));
}

/** `45.00 EUR`: digits and a code read the same in every language. */
export function amountInWords(
  amountMinor: bigint,
  { exponent, currency }: { exponent: number; currency: string },
): string {
  return `${amountInDigits(amountMinor, exponent)} ${currency}`;
}
