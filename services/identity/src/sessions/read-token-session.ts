import type { Transaction } from '@kept/database';
import type { TokenSession } from './grant-tokens.ts';
import type { UsedDevice } from './known-device.ts';

/** A session that holds, with everything its tokens say; undefined when it is over. */
export async function readTokenSession(
  tx: Transaction,
  { sessionId, accountId, now }: { sessionId: string; accountId: string; now: Date },
): Promise<(TokenSession & { refreshCounter: number; device: UsedDevice }) | undefined> {
  const [row] = await tx.query<TokenSession & { refreshCounter: number; generation: number }>(
    `SELECT s.id, s.device_id AS "deviceId", s.authenticated_at AS "authenticatedAt",
       coalesce(s.assurance, CASE WHEN s.second_factor THEN 'STRONG' ELSE 'PASSWORD' END) AS assurance,
       s.method, s.client_type AS "clientType", s.risk_level AS risk, s.token_generation AS "tokenGeneration",
       s.idle_expires_at AS "idleExpiresAt", s.expires_at AS "expiresAt", s.refresh_counter AS "refreshCounter",
       s.key_thumbprint AS "keyThumbprint",
       d.generation
     FROM session s JOIN device d ON d.id = s.device_id
     WHERE s.id = $1 AND s.account_id = $2 AND s.ended_at IS NULL AND s.idle_expires_at > $3 AND s.expires_at > $3
     FOR UPDATE OF s`,
    [sessionId, accountId, now],
  );
  return row && { ...row, device: { id: row.deviceId, generation: row.generation } };
}
