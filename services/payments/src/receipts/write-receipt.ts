import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Payments } from '../context.ts';
import type { Payment } from '../payments/payment.ts';
import { readPolicy } from '../policy/payment-policy.ts';
import { linesOfReceipt } from './lines-of-receipt.ts';

/** Writes down what an amount that was just taken consists of; they never change afterwards (trigger `lines_do_not_change`). */
export async function writeReceipt({
  payments,
  tx,
  payment,
}: {
  payments: Payments;
  tx: Transaction;
  payment: Payment;
}): Promise<void> {
  const { capturedMinor, tipMinor, discountMinor } = payment;
  // By the rules that it was begun under, however long the appointment was ahead.
  const { taxBasisPoints } = await readPolicy(tx, payment.createdAt);
  const lines = linesOfReceipt({ capturedMinor, tipMinor, discountMinor, taxBasisPoints });
  await tx.query(
    `INSERT INTO payment_line (id, organization_id, payment_id, kind, amount_minor, tax_basis_points, created_at)
     SELECT line.id, $1, $2, line.kind, line.amount, line.rate, $3
     FROM unnest($4::uuid[], $5::text[], $6::bigint[], $7::int[]) AS line (id, kind, amount, rate)`,
    [
      payment.organizationId,
      payment.id,
      payments.clock(),
      lines.map(() => randomUUID()),
      lines.map(({ kind }) => kind),
      lines.map(({ amountMinor }) => amountMinor.toString()),
      lines.map(({ taxBasisPoints: rate }) => rate),
    ],
  );
  payment.taxMinor = lines.find(({ kind }) => kind === 'TAX')?.amountMinor ?? 0n;
  await tx.manager.save(payment);
}
