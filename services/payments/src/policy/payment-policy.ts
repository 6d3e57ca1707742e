import type { Transaction } from '@kept/database';

/** What an organization has decided about money. Every decision is a version of its own, and none is ever changed. */
export interface PaymentPolicy {
  /** Counts decisions; 0: nothing was decided yet. */
  readonly version: number;
  /** When the money for an appointment is taken. */
  readonly capture: 'AT_CONFIRMATION' | 'AT_APPOINTMENT';
  /** With AT_APPOINTMENT: what is done when the appointment is further away than a reservation lasts. */
  readonly farAhead: 'DEPOSIT_NOW' | 'SET_UP';
  /** What becomes of an appointment whose money could not be reserved. */
  readonly onUnpaid: 'RELEASE' | 'KEEP';
  /** The most that the front desk may give back, in the organization's currency; null: nothing. */
  readonly frontDeskRefundMaxMinor: bigint | null;
  /** More than this in all, of one payment, takes two people to give back; null: never. Asked by refunds/takes-two-people.ts. */
  readonly secondApprovalAboveMinor: bigint | null;
  /** How long after its end an appointment that nobody closed counts as over. */
  readonly graceMinutes: number;
  readonly taxBasisPoints: number;
  readonly pricesIncludeTax: boolean;
  readonly decidedAt: Date | null;
}

/** What holds before anybody decides: the money is taken when the booking stands. */
export const UNDECIDED: PaymentPolicy = {
  version: 0,
  capture: 'AT_CONFIRMATION',
  farAhead: 'DEPOSIT_NOW',
  onUnpaid: 'KEEP',
  frontDeskRefundMaxMinor: null,
  secondApprovalAboveMinor: null,
  graceMinutes: 60,
  taxBasisPoints: 0,
  pricesIncludeTax: true,
  decidedAt: null,
};

interface Row {
  version: number;
  capture: PaymentPolicy['capture'];
  far_ahead: PaymentPolicy['farAhead'];
  on_unpaid: PaymentPolicy['onUnpaid'];
  front_desk_refund_max_minor: string | null;
  second_approval_above_minor: string | null;
  grace_minutes: number;
  tax_basis_points: number;
  prices_include_tax: boolean;
  decided_at: Date;
}

/** The organization's policy as it stands, or as it stood at an instant: what was agreed is judged by the rules of then. */
export async function readPolicy(tx: Transaction, at: Date | null = null): Promise<PaymentPolicy> {
  const [row] = await tx.query<Row>(
    `SELECT * FROM payment_policy WHERE organization_id = $1 AND decided_at <= coalesce($2::timestamptz, 'infinity')
     ORDER BY version DESC LIMIT 1`,
    [tx.organizationId, at],
  );
  if (row === undefined) return UNDECIDED;
  const minor = (amount: string | null) => (amount === null ? null : BigInt(amount));
  return {
    version: row.version,
    capture: row.capture,
    farAhead: row.far_ahead,
    onUnpaid: row.on_unpaid,
    frontDeskRefundMaxMinor: minor(row.front_desk_refund_max_minor),
    secondApprovalAboveMinor: minor(row.second_approval_above_minor),
    graceMinutes: row.grace_minutes,
    taxBasisPoints: row.tax_basis_points,
    pricesIncludeTax: row.prices_include_tax,
    decidedAt: row.decided_at,
  };
}
