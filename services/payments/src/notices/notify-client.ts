import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { amountInDigits } from '../money/amount-in-digits.ts';
import { toNumber } from '../money/minor-units.ts';
import type { Payment } from '../payments/payment.ts';

/**
 * Tells the client about their money by mail, once per money event: the notice is claimed by a unique constraint in the
 * same transaction, so fifty webhooks, a repeated job and a janitor together send one message. A receipt is part of the
 * contract and needs no consent.
 */
export async function notifyClient(
  tx: Transaction,
  notice: {
    payment: Payment;
    template: 'payment-captured' | 'payment-refunded';
    causeId: string;
    amountMinor: bigint;
    at: Date;
  },
): Promise<void> {
  const { payment, template, causeId, amountMinor, at } = notice;
  const id = randomUUID();
  const claimed = await tx.query(
    `INSERT INTO money_notice (id, organization_id, payment_id, cause_id, event, channel, created_at)
     VALUES ($1, $2, $3, $4, $5, 'EMAIL', $6)
     ON CONFLICT ON CONSTRAINT one_notice_per_money_event_and_channel DO NOTHING RETURNING id`,
    [id, payment.organizationId, payment.id, causeId, template, at],
  );
  if (claimed.length === 0) return;
  await publish(tx, 'message.requested', {
    messageId: id,
    recipient: { kind: 'CLIENT', id: payment.clientId },
    template,
    purpose: 'booking.service',
    basis: 'contract',
    parameters: {
      ...(payment.bookingId !== null && { bookingId: payment.bookingId }),
      amount: amountInWords(amountMinor, payment),
      amountMinor: String(toNumber(amountMinor)),
      currency: payment.currency,
    },
  });
}

/** `45.00 EUR`: digits and a code read the same in every language. */
export function amountInWords(
  amountMinor: bigint,
  { exponent, currency }: { exponent: number; currency: string },
): string {
  return `${amountInDigits(amountMinor, exponent)} ${currency}`;
}
