import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { AccountKind } from '../accounts/account.ts';
import type { Identity } from '../identity.ts';
import { reportSharedCredential, runsElsewhere } from './detect-shared-credential.ts';
import { readRiskPolicy } from './read-policy.ts';

/**
 * Whether staff get no second session, because one runs on another device somewhere else and the organization's policy
 * wants one at a time. The managers hear of it as of every such thing.
 */
export async function refusesSharing(
  identity: Identity,
  tx: Transaction,
  given: {
    caller: Caller;
    account: { id: string; kind: AccountKind };
    deviceId: string | null;
    now: Date;
  },
): Promise<boolean> {
  const { caller, account, deviceId, now } = given;
  if (account.kind !== 'STAFF') return false;
  const { refuseSharedSession } = await readRiskPolicy(tx);
  const accountId = account.id;
  if (!refuseSharedSession || !(await runsElsewhere(identity, tx, { caller, accountId, deviceId, now })))
    return false;
  await reportSharedCredential(identity, tx, { caller, accountId, signs: ['TWO_PLACES'], now });
  return true;
}
