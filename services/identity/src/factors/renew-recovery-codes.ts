import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { requireFactorChange } from './changes/require-factor-change.ts';
import { tellOfFactors } from './changes/tell-of-factors.ts';
import { listSignInFactors } from './list-sign-in-factors.ts';
import { replaceRecoveryCodes } from './recovery-codes.ts';

/** Ten new recovery codes; the old ones open nothing from that moment on (A23). For whoever has a strong factor and has just used it. */
export async function renewRecoveryCodes(identity: Identity, caller: Caller): Promise<string[]> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { account } = await requireFactorChange(tx, caller, now);
    const factors = await listSignInFactors(tx, account, now);
    if (!factors.some(({ kind }) => kind === 'TOTP' || kind === 'PASSKEY'))
      throw refused.badInput(
        'Recovery codes stand in for an authenticator or a passkey. Please enrol one first.',
      );
    // One after the other: of two at once the second set holds, and no code of the first.
    await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [account.id]);
    const codes = await replaceRecoveryCodes(identity, tx, { accountId: account.id, now });
    await tellOfFactors(identity, tx, { accountId: account.id, template: 'recovery-codes-renewed', now });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'user_updated',
        outcome: 'success',
        subject: { type: 'Account', id: account.id },
        details: { factor: 'RECOVERY_CODE', change: 'renewed' },
      },
    );
    return codes;
  });
}
