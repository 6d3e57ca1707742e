import type { Transaction } from '@kept/database';

/** How long a review may take, and what becomes of the booking when nobody has looked. */
export interface ReviewPolicy {
  readonly decideWithinMinutes: number;
  /** Never "deny": what nobody looked at is given back, with its money, or let through. */
  readonly whenOverdue: 'RELEASE' | 'APPROVE';
  /** 0 as long as the organization has not said anything. */
  readonly version: number;
}

/** Two days, then the slot and the money go back: a business that never looks keeps nobody waiting. */
const DEFAULT: ReviewPolicy = { decideWithinMinutes: 2_880, whenOverdue: 'RELEASE', version: 0 };

export const DECIDE_WITHIN_MINUTES = { min: 5, max: 10_080 } as const;

export async function readReviewPolicy(tx: Transaction): Promise<ReviewPolicy> {
  const [policy] = await tx.query<ReviewPolicy>(
    `SELECT decide_within_minutes AS "decideWithinMinutes", when_overdue AS "whenOverdue", version
     FROM review_policy WHERE organization_id = $1`,
    [tx.organizationId],
  );
  return policy ?? DEFAULT;
}
