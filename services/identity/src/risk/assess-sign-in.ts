import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { KnownAccount } from '../accounts/find-account.ts';
import type { Identity } from '../identity.ts';
import type { RiskLevel, RiskReason } from './risk-reason.ts';

/** What was made of a sign-in whose password was right, or of a session that is refreshed. */
export interface RiskAssessment {
  readonly level: RiskLevel;
  readonly reasons: readonly RiskReason[];
}

export interface SignInToAssess {
  readonly caller: Caller;
  readonly account: KnownAccount;
  readonly deviceId: string | null;
  readonly now: Date;
}

/** Judges a sign-in by where, when and on what it is made. */
export function assessSignIn(
  _identity: Identity,
  _tx: Transaction,
  _signIn: SignInToAssess,
): Promise<RiskAssessment> {
  return Promise.resolve({ level: 'LOW', reasons: [] });
}

/** Whose device this was the last time, when it was another account's: two who share one, or one who uses two. */
async function previousOwner(
  { secrets }: Pick<Identity, 'secrets'>,
  tx: Transaction,
  { deviceToken, account }: SignInToAssess,
): Promise<string | null> {
  const token = deviceToken ? readToken(secrets, 'device', deviceToken) : undefined;
  if (!token || token.organizationId !== tx.organizationId) return null;
  const [device] = await tx.query<{ account_id: string }>(
    'SELECT account_id FROM device WHERE id = $1 AND account_id <> $2',
    [token.id, account.id],
  );
  return device?.account_id ?? null;
}
