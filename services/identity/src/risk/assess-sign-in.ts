import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { AccountKind } from '../accounts/account.ts';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { readToken } from '../sessions/routed-token.ts';
import { readRiskPolicy } from './read-policy.ts';
import { readSignals } from './read-signals.ts';
import { recordAssessment, type RiskOccasion } from './record-assessment.ts';
import { modeOf, type RiskMode } from './risk-policy.ts';
import type { RiskLevel, RiskReason } from './risk-reason.ts';
import { scoreRisk, type RiskScore } from './score-risk.ts';

/** What was made of a sign-in whose password was right, or of a session that is refreshed. */
export interface RiskAssessment {
  /** LOW: nothing more. MEDIUM: a code. HIGH: a strong factor. DENY: nobody gets in by this attempt, and none is locked. */
  readonly level: RiskLevel;
  readonly reasons: readonly RiskReason[];
}

export interface SignInToAssess {
  readonly caller: Caller;
  readonly account: { readonly id: string; readonly kind: AccountKind };
  /** The account's own device, if it is one. */
  readonly deviceId: string | null;
  /** Under which wrong passwords of the account are counted. */
  readonly identifier?: Buffer | undefined;
  /** The token that the device has sent, whosever it is. */
  readonly deviceToken?: string | null | undefined;
  readonly now: Date;
}

/**
 * Judges a sign-in by where, when and on what it is made, and writes the judgement down. What an organization only
 * observes is written down as it is and answered as LOW.
 */
export const assessSignIn = (
  identity: Identity,
  tx: Transaction,
  signIn: SignInToAssess,
): Promise<RiskAssessment> => assess(identity, tx, { ...signIn, occasion: 'SIGN_IN', sessionId: null });

interface ToAssess extends SignInToAssess {
  readonly occasion: RiskOccasion;
  readonly sessionId: string | null;
}

/** The same for a session that goes on, or that is about to do something sensitive (V8.2.4). */
export async function assess(identity: Identity, tx: Transaction, given: ToAssess): Promise<RiskAssessment> {
  const { caller, account, now, occasion, sessionId } = given;
  const policy = await readRiskPolicy(tx);
  const accountId = account.id;
  const { signals, origin } = await readSignals(identity, tx, { ...given, accountId });
  const judged = scoreRisk(signals, policy);
  const mode = modeOf(policy, account.kind);
  await recordAssessment(tx, {
    ...judged,
    accountId,
    sessionId,
    occasion,
    mode,
    policyVersion: policy.version,
    previousAccountId: await previousOwner(identity, tx, given),
    country: origin.place?.country ?? null,
    networkHash: origin.networkHash,
    now,
  });
  if (judged.level !== 'LOW') await tell(tx, { caller, now, accountId, judged, mode, occasion });
  return { level: mode === 'ENFORCE' ? judged.level : 'LOW', reasons: judged.reasons };
}

async function tell(
  tx: Transaction,
  of: {
    caller: Caller;
    now: Date;
    accountId: string;
    judged: RiskScore;
    mode: RiskMode;
    occasion: RiskOccasion;
  },
): Promise<void> {
  const { judged, mode, occasion } = of;
  const { level, score, reasons } = judged;
  await recordAudit(tx, of, {
    action: reasons.includes('IMPOSSIBLE_TRAVEL') ? 'authn_impossible_travel' : 'authn_risk_raised',
    outcome: level === 'DENY' && mode === 'ENFORCE' ? 'failure' : 'success',
    subject: { type: 'Account', id: of.accountId },
    details: { level, score: String(score), reasons: reasons.join(' '), mode, occasion },
  });
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
