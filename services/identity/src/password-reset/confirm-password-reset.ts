import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { isRight } from '../accounts/confirm-address.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { chargeAttempt, isRefused, refundAttempt } from '../lockout/count-attempts.ts';
import { networkOf } from '../lockout/network.ts';
import { tellOfChange } from '../password-change/change-password.ts';
import {
  choosePassword,
  readPasswordContext,
  type PasswordContext,
} from '../password-change/choose-password.ts';
import type { PasswordRefusal } from '../passwords/password-policy.ts';
import { setPassword } from '../passwords/set-password.ts';
import { endSessions } from '../sessions/end-session.ts';
import { completeFlow, giveBackAttempt, takeAttempt } from '../sign-in/transition-flow.ts';

export type PasswordReset =
  { readonly resetAt: Date } | { readonly refused: readonly PasswordRefusal[] } | { readonly wrong: true };

const WRONG = { wrong: true } as const;

/**
 * Chooses another password with a mailed code. It opens no session: the second factor is asked for at the next sign-in as
 * ever (A17; ASVS 6.4.3). Every session and every known device ends, and the owner is told. A right code with a password
 * that is refused stays good.
 */
export async function confirmPasswordReset(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { flow: string; code: string; newPassword: string } },
): Promise<PasswordReset> {
  const organizationId = organizationOf(caller);
  const proven = await identity.database.transaction(organizationId, (tx) =>
    prove(identity, tx, { caller, flow: input.flow, code: input.code }),
  );
  if (proven === undefined) return WRONG;
  const { flowId, context } = proven;
  const judged = await choosePassword(identity, context, input.newPassword);
  if ('refused' in judged) return judged;
  return identity.database.transaction(organizationId, async (tx) => {
    const now = identity.clock();
    const { accountId, current } = context;
    if (!(await completeFlow(tx, flowId, 'AWAITING_CODE'))) return WRONG;
    const replacing = current?.hash ?? null;
    if (!(await setPassword(tx, { accountId, replacing, next: judged.chosen, by: 'MAIL', now })))
      return WRONG;
    await endSessions(tx, { accountId, reason: 'PASSWORD_CHANGED', caller, now });
    await tx.query('UPDATE device SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL', [
      accountId,
      now,
    ]);
    await tellOfChange(identity, tx, { accountId, now });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'authn_password_reset',
        outcome: 'success',
        subject: { type: 'Account', id: accountId },
      },
    );
    return { resetAt: now };
  });
}

/**
 * Whether the code is right: costs one of the flow's five attempts and one of the account's ten an hour (A07). Those are
 * counted by network: anybody can ask for a reset and guess, and must not keep its owner, somewhere else, from theirs (A08).
 * All networks together have the five mails of an hour to guess at.
 */
async function prove(
  identity: Identity,
  tx: Transaction,
  { caller, flow: token, code }: { caller: Caller; flow: string; code: string },
): Promise<{ flowId: string; context: PasswordContext } | undefined> {
  const now = identity.clock();
  const step = { kind: 'RESET_PASSWORD', state: 'AWAITING_CODE', now } as const;
  const flow = await takeAttempt(tx, token, step);
  if (!flow?.account_id) return undefined;
  const key = identity.secrets.hash(
    'attempt',
    'reset',
    flow.account_id,
    networkOf(caller.networkAddress) ?? '',
  );
  const charge = await chargeAttempt(tx, { scope: 'CODES', key }, now);
  const right = !isRefused(charge) && isRight(identity.secrets, flow, { code, now });
  const context = right ? await readPasswordContext(identity, tx, flow.account_id) : undefined;
  if (isRefused(charge) || context === undefined) {
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'authn_password_reset_fail',
        outcome: 'failure',
        subject: { type: 'Account', id: flow.account_id },
        details: { reason: isRefused(charge) ? 'codes_locked' : 'code_refused' },
      },
    );
    return undefined;
  }
  await refundAttempt(tx, charge);
  await giveBackAttempt(tx, flow.id);
  return { flowId: flow.id, context };
}
