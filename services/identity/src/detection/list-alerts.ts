import type { Transaction } from '@kept/database';
import type { AlertKind } from './detectors.ts';

export interface SecurityAlert {
  readonly id: string;
  readonly kind: AlertKind;
  readonly accountId: string | null;
  readonly failures: number;
  readonly identifiers: number;
  readonly networks: number;
  readonly windowSeconds: number;
  readonly raisedAt: Date;
  readonly lastSeenAt: Date;
}

/** The organization's alerts, newest first. */
export const listAlerts = (
  tx: Transaction,
  { first, since }: { first: number; since: Date | null },
): Promise<SecurityAlert[]> =>
  tx.query<SecurityAlert>(
    `SELECT id, kind, account_id AS "accountId", failures, identifiers, networks, window_seconds AS "windowSeconds",
       raised_at AS "raisedAt", last_seen_at AS "lastSeenAt"
     FROM security_alert WHERE organization_id = $1 AND ($3::timestamptz IS NULL OR raised_at > $3)
     ORDER BY raised_at DESC, id LIMIT $2`,
    [tx.organizationId, first, since],
  );
