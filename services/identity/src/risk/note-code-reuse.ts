import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { AccountKind } from '../accounts/account.ts';
import type { Identity } from '../identity.ts';
import { reportSharedCredential } from './detect-shared-credential.ts';
import { readRiskPolicy } from './read-policy.ts';
import { recordAssessment } from './record-assessment.ts';
import { modeOf } from './risk-policy.ts';
import { originOf } from './sign-in-origin.ts';

/**
 * A code came a second time: two people have it, or two programs (A21). Everything within the next day is judged with
 * that in mind; of staff the managers hear at once.
 */
export async function noteCodeReuse(
  identity: Identity,
  tx: Transaction,
  { caller, account, now }: { caller: Caller; account: { id: string; kind: AccountKind }; now: Date },
): Promise<void> {
  const policy = await readRiskPolicy(tx);
  const { place, networkHash } = originOf(identity, tx, caller.networkAddress);
  const score = policy.weights.CODE_REUSED;
  await recordAssessment(tx, {
    accountId: account.id,
    occasion: 'CODE_REUSE',
    score,
    level: score > 0 ? 'MEDIUM' : 'LOW',
    mode: modeOf(policy, account.kind),
    policyVersion: policy.version,
    reasons: score > 0 ? ['CODE_REUSED'] : [],
    country: place?.country ?? null,
    networkHash,
    now,
  });
  if (account.kind === 'STAFF')
    await reportSharedCredential(identity, tx, {
      caller,
      accountId: account.id,
      signs: ['CODE_REUSED'],
      now,
    });
}
