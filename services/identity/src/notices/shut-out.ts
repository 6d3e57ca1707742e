import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { lockAccount } from '../lockout/hard-lock.ts';
import { requirePasswordChange } from '../passwords/require-password-change.ts';
import type { NotMeEffect } from './security-notices.ts';

/** Ends what somebody says was not them, and what could bring it back. Answers how many sessions ended. */
export async function shutOut(
  identity: Identity,
  tx: Transaction,
  given: {
    accountId: string;
    sessionId: string | null;
    deviceId: string | null;
    effect: NotMeEffect;
    caller: Caller;
    now: Date;
  },
): Promise<number> {
  const { accountId, sessionId, deviceId, effect, caller, now } = given;
  if (effect.marksPassword) await requirePasswordChange(tx, [accountId], 'COMPROMISED');
  if (effect.ends === 'NOTHING') return 0;
  const all = effect.ends === 'ALL';
  // On the device too: whoever signed in there again has it still.
  const ended = await tx.query<{ id: string }>(
    `UPDATE session SET ended_at = $2, end_reason = 'NOT_ME' WHERE account_id = $1 AND ended_at IS NULL
       AND ($3::boolean OR id = $4::uuid OR device_id = $5::uuid) RETURNING id`,
    [accountId, now, all, sessionId, deviceId],
  );
  await tx.query(
    `UPDATE device SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL
       AND ($3::boolean OR id = $4::uuid)`,
    [accountId, now, all, deviceId],
  );
  // What waits for its second factor was begun by whoever has the password.
  await tx.query(
    `UPDATE auth_flow SET state = 'SPENT', code_hash = NULL
     WHERE account_id = $1 AND state IN ('AWAITING_CODE', 'AWAITING_FACTOR', 'AWAITING_ENROLMENT',
       'AWAITING_PASSWORD')`,
    [accountId],
  );
  for (const { id } of ended) {
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'authn_token_revoked',
        outcome: 'success',
        subject: { type: 'Account', id: accountId },
        details: { sessionId: id, reason: 'NOT_ME' },
      },
    );
  }
  // Whoever changed how one signs in could come back by it: nothing opens the account until a manager has.
  if (effect.locks)
    await lockAccount(identity, tx, {
      accountId,
      cause: 'NOT_ME',
      lockedBy: null,
      reason: null,
      caller,
      now,
    });
  return ended.length;
}
