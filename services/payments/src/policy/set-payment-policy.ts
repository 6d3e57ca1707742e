import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { knowOrganization } from '../organizations/know-organization.ts';
import type { SetPaymentPolicyInput } from '../schema-types.ts';
import { readPolicy, type PaymentPolicy } from './payment-policy.ts';

const SIGN_IN_MAX_AGE_SECONDS = 600;
const GRACE_MINUTES_MAX = 10_080;
const BASIS_POINTS_MAX = 10_000;

/** Decides how money is taken from now on, as a new version; the earlier ones stay, for what was begun under them. */
export async function setPaymentPolicy(
  context: PaymentsContext,
  input: SetPaymentPolicyInput,
): Promise<PaymentPolicy | 'CONFLICT'> {
  const { accountId: actor } = askingAccount(context);
  requireRecentSecondFactor(context.caller, { now: context.clock(), maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  const { idempotencyKey: key, ...change } = input;
  try {
    return await inOrganization(context, async (tx) => {
      await knowOrganization(tx);
      const request = { ...change };
      await onceByKey(tx, { actor, operation: 'setPaymentPolicy', key, request }, () =>
        decide(context, tx, { change, decidedBy: actor }),
      );
      return readPolicy(tx);
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return 'CONFLICT';
    throw error;
  }
}

type Change = Omit<SetPaymentPolicyInput, 'idempotencyKey'>;

async function decide(
  { payments, caller }: PaymentsContext,
  tx: Transaction,
  { change, decidedBy }: { change: Change; decidedBy: string },
): Promise<{ version: number }> {
  // Two at once: the second builds on the first.
  await tx.query('SELECT FROM organization WHERE id = $1 FOR UPDATE', [tx.organizationId]);
  const now = payments.clock();
  const after = changed(await readPolicy(tx), change);
  await tx.query(
    `INSERT INTO payment_policy (organization_id, version, capture, far_ahead, on_unpaid, front_desk_refund_max_minor,
       second_approval_above_minor, grace_minutes, tax_basis_points, prices_include_tax, decided_by, decided_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      tx.organizationId,
      after.version,
      after.capture,
      after.farAhead,
      after.onUnpaid,
      after.frontDeskRefundMaxMinor?.toString() ?? null,
      after.secondApprovalAboveMinor?.toString() ?? null,
      after.graceMinutes,
      after.taxBasisPoints,
      after.pricesIncludeTax,
      decidedBy,
      now,
    ],
  );
  const { version, capture, farAhead, onUnpaid } = after;
  await recordChange(tx, {
    actor: caller,
    action: 'payment_policy_changed',
    subject: { type: 'Organization', id: tx.organizationId ?? '' },
    at: now,
    details: { version: String(version), capture, farAhead, onUnpaid },
  });
  return { version };
}

function changed(before: PaymentPolicy, change: Change): PaymentPolicy {
  return {
    version: before.version + 1,
    decidedAt: null,
    capture: change.capture ?? before.capture,
    farAhead: change.farAhead ?? before.farAhead,
    onUnpaid: change.onUnpaid ?? before.onUnpaid,
    frontDeskRefundMaxMinor: limit(change.frontDeskRefundMaxMinor, {
      before: before.frontDeskRefundMaxMinor,
      field: 'frontDeskRefundMaxMinor',
    }),
    secondApprovalAboveMinor: limit(change.secondApprovalAboveMinor, {
      before: before.secondApprovalAboveMinor,
      field: 'secondApprovalAboveMinor',
    }),
    graceMinutes: within(change.graceMinutes, {
      before: before.graceMinutes,
      max: GRACE_MINUTES_MAX,
      field: 'graceMinutes',
    }),
    taxBasisPoints: within(change.taxBasisPoints, {
      before: before.taxBasisPoints,
      max: BASIS_POINTS_MAX,
      field: 'taxBasisPoints',
    }),
    pricesIncludeTax: change.pricesIncludeTax ?? before.pricesIncludeTax,
  };
}

/** Null is an answer here: there is no limit any more. */
function limit(
  asked: number | null | undefined,
  { before, field }: { before: bigint | null; field: string },
): bigint | null {
  if (asked === undefined) return before;
  if (asked === null) return null;
  if (asked < 0) throw refused.badInput(`"${field}" is 0 or more.`, { field: `input.${field}` });
  return BigInt(asked);
}

function within(
  asked: number | null | undefined,
  { before, max, field }: { before: number; max: number; field: string },
): number {
  const value = asked ?? before;
  if (value < 0 || value > max)
    throw refused.badInput(`"${field}" is between 0 and ${max}.`, { field: `input.${field}` });
  return value;
}
