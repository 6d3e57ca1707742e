import type { Transaction } from '@kept/database';
import type { MandateUse } from '../payment-methods/mandate.ts';

/**
 * The consent that allows such a charge while the cardholder is away, the booking's own before a general one; null when
 * there is none, or what was charged under it leaves no room. PostgreSQL refuses a charge beyond it in any case.
 */
export async function findMandate(
  tx: Transaction,
  charge: {
    clientId: string;
    bookingId: string | null;
    /** Null: with whichever card they agreed to. */
    methodId: string | null;
    use: MandateUse;
    amountMinor: bigint;
    currency: string;
    /** A payment that this one takes the place of. */
    insteadOf?: string;
  },
): Promise<{ id: string; methodId: string } | null> {
  const { clientId, bookingId, methodId, use, amountMinor, currency, insteadOf = null } = charge;
  const [found] = await tx.query<{ id: string; payment_method_id: string }>(
    `SELECT m.id, m.payment_method_id FROM mandate m JOIN payment_method c ON c.id = m.payment_method_id
     WHERE m.client_id = $1 AND (m.booking_id IS NULL OR m.booking_id = $2)
       AND ($3::uuid IS NULL OR m.payment_method_id = $3) AND $4 = ANY (m.covers) AND m.currency = $6
       AND m.revoked_at IS NULL AND c.status = 'ACTIVE'
       AND m.max_amount_minor >= $5::bigint + (
         SELECT coalesce(sum(CASE WHEN p.status = 'CAPTURED' THEN p.captured_minor ELSE p.amount_minor END), 0)
         FROM payment p WHERE p.mandate_id = m.id AND p.id IS DISTINCT FROM $7::uuid
           AND p.status NOT IN ('FAILED', 'VOIDED', 'ABANDONED', 'AUTH_EXPIRED'))
     ORDER BY m.booking_id IS NULL, m.accepted_at DESC LIMIT 1`,
    [clientId, bookingId, methodId, use, amountMinor.toString(), currency, insteadOf],
  );
  return found === undefined ? null : { id: found.id, methodId: found.payment_method_id };
}
