import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { RiskMode } from './risk-policy.ts';
import type { RiskLevel, RiskReason } from './risk-reason.ts';

/** On what occasion somebody was judged. */
export type RiskOccasion = 'SIGN_IN' | 'REFRESH' | 'OPERATION' | 'CODE_REUSE';

export interface Assessed {
  readonly accountId: string;
  readonly sessionId?: string | null;
  readonly occasion: RiskOccasion;
  readonly score: number;
  readonly level: RiskLevel;
  readonly mode: RiskMode;
  readonly policyVersion: number;
  readonly reasons: readonly RiskReason[];
  /** Whose device it was the last time, when it was somebody else's. */
  readonly previousAccountId?: string | null;
  readonly country: string | null;
  readonly networkHash: Buffer | null;
  readonly now: Date;
}

/** Writes down what somebody was judged by: never an address. */
export async function recordAssessment(tx: Transaction, assessed: Assessed): Promise<void> {
  await tx.query(
    `INSERT INTO risk_assessment (id, organization_id, account_id, session_id, occasion, score, level, mode,
       policy_version, reasons, country, network_hash, assessed_at,
       previous_account_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      randomUUID(),
      tx.organizationId,
      assessed.accountId,
      assessed.sessionId ?? null,
      assessed.occasion,
      assessed.score,
      assessed.level,
      assessed.mode,
      assessed.policyVersion,
      assessed.reasons,
      assessed.country,
      assessed.networkHash,
      assessed.now,
      assessed.previousAccountId ?? null,
    ],
  );
}
