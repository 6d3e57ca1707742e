import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { contactPlace } from '../accounts/contact.ts';
import { tellOwner } from '../accounts/sign-up.ts';
import type { FactorKind } from '../factors/factor.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { findFlow } from './transition-flow.ts';

const SENTENCES: Readonly<Record<FactorKind, string>> = {
  TOTP: 'Enter the six digits your authenticator shows.',
  RECOVERY_CODE: 'Enter one of your recovery codes.',
  EMAIL_CODE: 'If an address waits to be confirmed, a new code is on its way to it.',
};

/**
 * Makes a challenge ready: sends the code of an address again, for a flow that still waits for it. The mail is queued,
 * never sent here, and the answer is the same for a decoy, an unknown and a finished flow (A03).
 */
export async function prepareChallenge(
  identity: Identity,
  { caller, flow, factor }: { caller: Caller; flow: string; factor: FactorKind },
): Promise<{ factor: FactorKind; message: string }> {
  const organizationId = organizationOf(caller);
  if (factor === 'EMAIL_CODE') {
    await identity.database.transaction(organizationId, (tx) => sendAgain(identity, tx, flow));
  }
  return { factor, message: SENTENCES[factor] };
}

async function sendAgain(identity: Identity, tx: Transaction, token: string): Promise<void> {
  const step = { kind: 'CONFIRM_ADDRESS', state: 'AWAITING_CODE', now: identity.clock() } as const;
  const flow = await findFlow(tx, token, step);
  if (!flow?.account_id) return;
  const [account] = await tx.query<{ email: Buffer | null }>(
    "SELECT email FROM account WHERE id = $1 AND state = 'PENDING'",
    [flow.account_id],
  );
  const place = contactPlace(flow.account_id, 'email');
  const email = account && (await identity.keyring.open(tx, place, account.email));
  if (email)
    await tellOwner(identity, tx, { accountId: flow.account_id, flowId: flow.id, known: false, email });
}
