import { randomBytes } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import { sha256 } from '../secrets.ts';
import type { SessionAssurance } from '../sessions/session-limits.ts';

const MINUTES = 10;

/**
 * Keeps a sign-in, whose every step was taken, from becoming a session until another password is chosen. It goes on under
 * a new name (A33: no token outlives a step), which only whoever has just proven everything is told.
 */
export async function holdForPassword(
  tx: Transaction,
  { flowId, assurance, now }: { flowId: string; assurance: SessionAssurance; now: Date },
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const held = await tx.query(
    `UPDATE auth_flow SET state = 'AWAITING_PASSWORD', assurance = $2, token_hash = $3, attempts = 0,
       expires_at = $4::timestamptz + interval '${MINUTES} minutes'
     WHERE id = $1 AND state = 'COMPLETED' RETURNING id`,
    [flowId, assurance, sha256(token), now],
  );
  invariant(held.length === 1, 'a sign-in that waits for a password was completed before');
  return token;
}
