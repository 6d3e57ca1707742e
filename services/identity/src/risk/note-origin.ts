import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { AccountKind } from '../accounts/account.ts';
import type { Identity } from '../identity.ts';
import { detectSharedCredential } from './detect-shared-credential.ts';
import { readRiskPolicy } from './read-policy.ts';
import { rememberOrigin } from './sign-in-origin.ts';

/** A session begins: from where is noted for the next time, and of staff it is looked at whether it is one person. */
export async function noteOrigin(
  identity: Identity,
  tx: Transaction,
  given: {
    caller: Caller;
    account: { id: string; kind: AccountKind };
    sessionId: string;
    deviceId: string;
    now: Date;
  },
): Promise<void> {
  const { account, ...of } = given;
  await rememberOrigin(identity, tx, { ...of, accountId: account.id });
  if (account.kind !== 'STAFF') return;
  const policy = await readRiskPolicy(tx);
  await detectSharedCredential(identity, tx, { ...of, accountId: account.id, policy });
}
