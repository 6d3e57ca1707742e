import type { Transaction } from '@kept/database';
import { findActive } from '../accounts/find-account.ts';
import { listSignInFactors } from '../factors/list-sign-in-factors.ts';

/** What somebody could do for their security. */
export type NudgeKind = 'ADD_SECOND_FACTOR' | 'ADD_STRONGER_FACTOR' | 'RENEW_RECOVERY_CODES';

export interface Nudge {
  readonly kind: NudgeKind;
  readonly message: string;
}

/** With three left there is still time to make new ones. */
const FEW_CODES = 3;
export const DISMISSED_FOR_MS = 90 * 24 * 3_600_000;

const MESSAGES: Readonly<Record<NudgeKind, string>> = {
  ADD_SECOND_FACTOR: 'Add an authenticator app or a passkey: then nobody gets in with your password alone.',
  ADD_STRONGER_FACTOR:
    'You sign in with codes we send. An authenticator app or a passkey is safer, and works without reception.',
  RENEW_RECOVERY_CODES: 'Only a few recovery codes are left. Make new ones while you can sign in.',
};

/** The advice for an account as it stands, the most important first, without what was put off. Empty for nobody. */
export async function listNudges(
  tx: Transaction,
  { accountId, now }: { accountId: string; now: Date },
): Promise<Nudge[]> {
  const account = await findActive(tx, accountId);
  if (!account?.has_password) return [];
  const factors = await listSignInFactors(tx, account, now);
  const strong = factors.some(({ grade }) => grade !== 'RESTRICTED');
  const [codes] = await tx.query<{ left: number }>(
    'SELECT count(*) FILTER (WHERE used_at IS NULL)::int AS left FROM recovery_code WHERE account_id = $1',
    [accountId],
  );
  const kinds: NudgeKind[] = [];
  if (factors.length === 0) kinds.push('ADD_SECOND_FACTOR');
  else if (!strong) kinds.push('ADD_STRONGER_FACTOR');
  if (strong && (codes?.left ?? 0) <= FEW_CODES) kinds.push('RENEW_RECOVERY_CODES');
  const dismissed = await tx.query<{ nudge: NudgeKind }>(
    'SELECT nudge FROM nudge_dismissal WHERE account_id = $1 AND dismissed_until > $2',
    [accountId, now],
  );
  const put = new Set(dismissed.map(({ nudge }) => nudge));
  return kinds.filter((kind) => !put.has(kind)).map((kind) => ({ kind, message: MESSAGES[kind] }));
}
