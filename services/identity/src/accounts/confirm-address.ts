import { constraintOf, type Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { sameBytes, type Secrets } from '../secrets.ts';
import { completeFlow, takeAttempt, type Flow } from '../sign-in/transition-flow.ts';
import { activateAccount } from './activate-account.ts';
import { givePasswordToGuest } from '../guests/give-password.ts';

/** What is stored of a mailed code: a keyed hash that holds for this flow alone (A22). */
export const codeHash = (secrets: Secrets, flowId: string, code: string): Buffer =>
  secrets.hash('code', flowId, code.trim());

/** Proves an address with its code. Undefined when the code is not right, not any more, or there was none. */
export async function confirmAddress(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { flow: string; code: string } },
): Promise<{ clientId: string } | undefined> {
  try {
    return await identity.database.transaction(organizationOf(caller), async (tx) => {
      const now = identity.clock();
      const step = { kind: 'CONFIRM_ADDRESS', state: 'AWAITING_CODE', now } as const;
      const flow = await takeAttempt(tx, input.flow, step);
      if (!flow?.account_id) return undefined;
      const subject = { type: 'Account', id: flow.account_id } as const;
      const proven =
        isRight(identity.secrets, flow, { code: input.code, now }) &&
        (await completeFlow(tx, flow.id, 'AWAITING_CODE'));
      const clientId = proven
        ? await openAccount(identity, tx, { claimId: flow.account_id, now })
        : undefined;
      const right = clientId !== undefined;
      await recordAudit(
        tx,
        { caller, now },
        {
          action: right ? 'user_created' : 'authn_login_fail',
          outcome: right ? 'success' : 'failure',
          subject,
          details: right ? { state: 'active' } : { reason: 'code_refused' },
        },
      );
      return right ? { clientId } : undefined;
    });
  } catch (error) {
    // Two claims to one address proven at the same instant: the other one was first.
    if (constraintOf(error) === 'one_active_account_per_address') return undefined;
    throw error;
  }
}

/** The claim becomes the account of its address, or its password the password of the guest whose address it is. */
async function openAccount(
  identity: Identity,
  tx: Transaction,
  { claimId, now }: { claimId: string; now: Date },
): Promise<string | undefined> {
  if (await activateAccount(identity, tx, { accountId: claimId, now })) return claimId;
  return givePasswordToGuest(tx, { claimId, now });
}

/** Whether a code is the one that was mailed for this flow, and still good. */
export function isRight(secrets: Secrets, flow: Flow, given: { code: string; now: Date }): boolean {
  if (flow.code_hash === null || flow.code_expires_at === null || flow.code_expires_at <= given.now)
    return false;
  return sameBytes(flow.code_hash, codeHash(secrets, flow.id, given.code));
}
