import type { Transaction } from '@kept/database';
import type { PaymentMethod } from './payment-method.ts';

/**
 * A card takes the place of another of the same client: what waits to be reserved is reserved on it, and what was agreed
 * for appointments to come is agreed for it (the text says so). A mandate under which something was charged or waits stays as
 * it is: what it allows is counted once. Called under the client's lock.
 */
export async function takeOver(
  tx: Transaction,
  { from, to, now }: { from: PaymentMethod; to: PaymentMethod; now: Date },
): Promise<{ payments: number; mandates: number }> {
  const waiting = await tx.query(
    `UPDATE payment SET payment_method_id = $2 WHERE payment_method_id = $1 AND status = 'CREATED' RETURNING id`,
    [from.id, to.id],
  );
  const mandates = await tx.query(
    `WITH unused AS (
       UPDATE mandate m SET revoked_at = $3
       WHERE m.payment_method_id = $1 AND m.revoked_at IS NULL AND NOT EXISTS (
         SELECT FROM payment p WHERE p.mandate_id = m.id
           AND p.status NOT IN ('FAILED', 'VOIDED', 'ABANDONED', 'AUTH_EXPIRED'))
       RETURNING m.*)
     INSERT INTO mandate (id, organization_id, client_id, payment_method_id, booking_id, text_version, text_sha256, language,
       accepted_at, address_hmac, max_amount_minor, currency, covers)
     SELECT gen_random_uuid(), organization_id, client_id, $2, booking_id, text_version, text_sha256, language,
       accepted_at, address_hmac, max_amount_minor, currency, covers FROM unused
     ON CONFLICT (booking_id, payment_method_id, covers) WHERE revoked_at IS NULL AND booking_id IS NOT NULL DO NOTHING
     RETURNING id`,
    [from.id, to.id, now],
  );
  Object.assign(from, { status: 'RETIRING', replacedBy: to.id, fingerprintIndex: null });
  await tx.manager.save(from);
  return { payments: waiting.length, mandates: mandates.length };
}
