import type { Transaction } from '@kept/database';
import type { FactorKind } from './factor.ts';

/** A factor as its owner sees it. */
export interface EnrolledFactor {
  readonly id: string;
  readonly kind: FactorKind;
  readonly enrolledAt: Date;
  readonly remaining: number | null;
}

/** What an account can use besides its password: its authenticator, and its recovery codes as one entry. */
export async function listFactors(tx: Transaction, accountId: string): Promise<EnrolledFactor[]> {
  return tx.query<EnrolledFactor>(
    `SELECT id, 'TOTP' AS kind, confirmed_at AS "enrolledAt", NULL::int AS remaining
     FROM totp_factor WHERE account_id = $1 AND confirmed_at IS NOT NULL
     UNION ALL
     SELECT account_id, 'RECOVERY_CODE', min(created_at), (count(*) FILTER (WHERE used_at IS NULL))::int
     FROM recovery_code WHERE account_id = $1 GROUP BY account_id
     UNION ALL
     SELECT id, kind, enrolled_at, NULL FROM code_factor WHERE account_id = $1`,
    [accountId],
  );
}
