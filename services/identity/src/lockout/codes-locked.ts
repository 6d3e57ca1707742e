import type { Transaction } from '@kept/database';
import { raiseAlert } from '../detection/raise-alert.ts';
import type { Identity } from '../identity.ts';
import { requirePasswordChange } from '../passwords/require-password-change.ts';
import { LIMITS } from './limits.ts';

/**
 * So many wrong codes in an hour that the factor is locked (B4). Whoever guesses codes knows the password already: it opens
 * nothing more until it was changed, and those responsible are told.
 */
export async function onCodesLocked(
  identity: Pick<Identity, 'secrets' | 'nudgeMail'>,
  tx: Transaction,
  { accountId, requestId, now }: { accountId: string; requestId: string | null; now: Date },
): Promise<void> {
  await requirePasswordChange(tx, [accountId], 'COMPROMISED');
  const { max, windowMs } = LIMITS.CODES;
  await raiseAlert(identity, tx, {
    sighting: {
      kind: 'CODES_GUESSED',
      about: identity.secrets.hash('attempt', 'codes-guessed', accountId),
      accountId,
      failures: max,
      identifiers: 1,
      networks: 0,
      windowMs,
      requestId,
    },
    now,
  });
}
