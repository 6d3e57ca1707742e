import type { Caller } from '@kept/passport';
import { organizationOf, type Identity } from '../identity.ts';
import type { RiskOccasion } from './record-assessment.ts';
import type { RiskMode } from './risk-policy.ts';
import type { RiskLevel, RiskReason } from './risk-reason.ts';

export interface RecordedAssessment {
  readonly id: string;
  readonly accountId: string;
  readonly occasion: RiskOccasion;
  readonly score: number;
  readonly level: RiskLevel;
  readonly mode: RiskMode;
  readonly policyVersion: number;
  readonly reasons: readonly RiskReason[];
  readonly country: string | null;
  readonly assessedAt: Date;
}

/** The newest assessments, of everybody or of one account: to see what OBSERVE would have done, and why somebody was asked. */
export function listAssessments(
  identity: Identity,
  caller: Caller,
  { first, accountId }: { first: number; accountId: string | null },
): Promise<RecordedAssessment[]> {
  return identity.database.transaction(organizationOf(caller), (tx) =>
    tx.query<RecordedAssessment>(
      `SELECT id, account_id AS "accountId", occasion, score, level, mode, policy_version AS "policyVersion", reasons,
         country, assessed_at AS "assessedAt"
       FROM risk_assessment WHERE organization_id = $1 AND ($2::text IS NULL OR account_id::text = $2)
       ORDER BY assessed_at DESC, id LIMIT $3`,
      [tx.organizationId, accountId?.toLowerCase() ?? null, first],
    ),
  );
}
