import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { isRight } from '../accounts/confirm-address.ts';
import { contactPlace } from '../accounts/contact.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { requireLiveSession } from '../sessions/live-session.ts';
import { completeFlow, openFlow, takeAttempt } from '../sign-in/transition-flow.ts';
import { sendCode } from './send-code.ts';

const NO_NUMBER =
  'Your account has no telephone number, so nothing can be texted to you. Please use codes by mail, an authenticator or a passkey.';

/**
 * Sends a code to the number of the account. The same answer where too many were sent (A28); that there is no number the
 * account's own session may hear.
 */
export function startPhoneConfirmation(identity: Identity, caller: Caller): Promise<{ flow: string }> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { accountId } = await requireLiveSession(tx, caller, now);
    const [row] = await tx.query<{ phone: Buffer | null }>('SELECT phone FROM account WHERE id = $1', [
      accountId,
    ]);
    const phone = await identity.keyring.open(tx, contactPlace(accountId, 'phone'), row?.phone ?? null);
    if (phone === null) throw refused.badInput(NO_NUMBER);
    const flow = await openFlow(tx, { kind: 'CONFIRM_PHONE', state: 'AWAITING_CODE', accountId }, now);
    await sendCode(identity, tx, { accountId, flowId: flow.id, kind: 'SMS_CODE', phone, now });
    return { flow: flow.token };
  });
}

/** Shows with the code that texts to the number arrive; undefined when the code is not right. */
export function finishPhoneConfirmation(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { flow: string; code: string } },
): Promise<{ confirmedAt: Date } | undefined> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { accountId } = await requireLiveSession(tx, caller, now);
    const flow = await takeAttempt(tx, input.flow, { kind: 'CONFIRM_PHONE', state: 'AWAITING_CODE', now });
    if (flow?.account_id !== accountId || !isRight(identity.secrets, flow, { code: input.code, now }))
      return undefined;
    if (!(await completeFlow(tx, flow.id, 'AWAITING_CODE'))) return undefined;
    await tx.query('UPDATE account SET phone_confirmed_at = $2 WHERE id = $1', [accountId, now]);
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'user_updated',
        outcome: 'success',
        subject: { type: 'Account', id: accountId },
        details: { change: 'phone_confirmed' },
      },
    );
    return { confirmedAt: now };
  });
}
