import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { byItself } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import { notifyClient } from '../notices/notify-client.ts';
import { settleAfterCommit } from '../payments/payment-change.ts';
import { beginPayment } from '../payments/begin-payment.ts';
import { findMandate } from '../payments/find-mandate.ts';
import { DEAD, Payment } from '../payments/payment.ts';
import { readPolicy } from '../policy/payment-policy.ts';
import { toWire } from '../processor/wire-amount.ts';
import { amountDue } from './amount-due.ts';
import type { BookingReference } from './booking-reference.ts';

/**
 * An appointment for which everything had been paid costs more now: the difference is charged where the client agreed to
 * that, else they are asked for it. Whoever was to pay at the appointment anyway pays the difference there, too.
 */
export async function askForDifference(
  payments: Payments,
  tx: Transaction,
  { booking, had }: { booking: BookingReference; had: bigint },
): Promise<void> {
  const { bookingId, clientId, currency } = booking;
  const all = await tx.manager.find(Payment, { where: { bookingId }, order: { createdAt: 'DESC' } });
  const taxes = await readPolicy(tx);
  const due = amountDue(booking, all, taxes);
  const dueBefore = amountDue({ ...booking, priceMinor: had }, all, taxes);
  const [latest] = all.filter(({ status }) => !DEAD.includes(status));
  if (due === null || due === 0n || dueBefore !== 0n || latest === undefined || currency === null) return;
  const openBalance = all.some(
    ({ purpose, status }) => purpose === 'BALANCE' && status !== 'CAPTURED' && !DEAD.includes(status),
  );
  if (openBalance || !toWire({ amountMinor: due, currency }).possible) return;
  const now = payments.clock();
  const charge = { clientId, bookingId, methodId: null, use: 'BALANCE', amountMinor: due, currency } as const;
  const mandate = await findMandate(tx, charge);
  if (mandate === null) {
    // Once for each new price: the event is worked off once.
    const notice = { template: 'payment-balance-due', causeId: randomUUID() } as const;
    await notifyClient(tx, { ...notice, payment: latest, amountMinor: due, at: now });
    return;
  }
  const { payment } = await beginPayment(
    { payments, tx, actor: byItself('booking.rescheduled') },
    {
      purpose: 'BALANCE',
      bookingId,
      clientId,
      methodId: mandate.methodId,
      mandateId: mandate.id,
      offSession: true,
      amountMinor: due,
      currency,
      holdId: null,
      quoteExpiresAt: now,
      authorizeAt: now,
      now,
    },
  );
  settleAfterCommit(payments, tx, payment);
}
