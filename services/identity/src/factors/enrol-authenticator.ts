import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { contactPlace } from '../accounts/contact.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { codeCounter } from '../sign-in/prove-factor.ts';
import { chargeAttempt, isRefused, refundAttempt } from '../lockout/count-attempts.ts';
import { completeFlow, findFlow, takeAttempt } from '../sign-in/transition-flow.ts';
import { keepFormerFactor } from './changes/factor-change.ts';
import { requireFactorChange } from './changes/require-factor-change.ts';
import { tellOfFactors } from './changes/tell-of-factors.ts';
import { replaceRecoveryCodes } from './recovery-codes.ts';
import { newTotpSecret, seedPlace, stepOfCode, totpUri } from './totp.ts';

const ENROLLING = { kind: 'ENROL', state: 'AWAITING_ENROLMENT' } as const;

/** Begins an enrolment: a new seed, sealed, not in force. An enrolment begun before is forgotten. */
export async function startEnrolment(
  identity: Identity,
  { caller, flow }: { caller: Caller; flow: string | null },
): Promise<{ secret: string; uri: string }> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const accountId = flow === null ? await ownerOf(tx, caller, now) : await flowOwner(tx, flow, now);
    const id = randomUUID();
    const secret = newTotpSecret();
    const sealed = await identity.keyring.seal(tx, seedPlace(accountId, id), secret);
    await tx.query('DELETE FROM totp_factor WHERE account_id = $1 AND confirmed_at IS NULL', [accountId]);
    await tx.query(
      `INSERT INTO totp_factor (id, organization_id, account_id, secret, last_step, created_at)
       VALUES ($1, $2, $3, $4, 0, $5)`,
      [id, tx.organizationId, accountId, sealed, now],
    );
    return { secret, uri: totpUri(secret, await namesFor(identity, tx, accountId)) };
  });
}

/** Puts the authenticator in force with its first code, which is thereby used up (A21). Undefined for a wrong code. */
export async function confirmEnrolment(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { flow: string | null; code: string } },
): Promise<{ recoveryCodes: string[] } | undefined> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const flow = input.flow === null ? undefined : await takeAttempt(tx, input.flow, { ...ENROLLING, now });
    if (input.flow !== null && !flow?.account_id) return undefined;
    const accountId = flow?.account_id ?? (await ownerOf(tx, caller, now));
    const charge = await chargeAttempt(tx, codeCounter(identity, accountId, 'enrolment'), now);
    if (isRefused(charge)) return undefined;
    const confirmed = await confirmCode(identity, tx, { accountId, code: input.code, now });
    if (!confirmed) return undefined;
    if (flow && !(await completeFlow(tx, flow.id, 'AWAITING_ENROLMENT'))) return undefined;
    await refundAttempt(tx, charge);
    const recoveryCodes = await replaceRecoveryCodes(identity, tx, { accountId, now });
    const { changeId } = confirmed;
    const template = changeId === undefined ? 'authenticator-enrolled' : 'authenticator-replaced';
    await tellOfFactors(identity, tx, { accountId, template, changeId, now });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'user_updated',
        outcome: 'success',
        subject: { type: 'Account', id: accountId },
        details: { factor: 'TOTP', change: changeId === undefined ? 'enrolled' : 'replaced' },
      },
    );
    return { recoveryCodes };
  });
}

/** Puts the new seed in the place of the old one, which is kept for a day. */
async function confirmCode(
  { keyring }: Identity,
  tx: Transaction,
  { accountId, code, now }: { accountId: string; code: string; now: Date },
): Promise<{ changeId: string | undefined } | undefined> {
  const [factor] = await tx.query<{ id: string; secret: Buffer }>(
    'SELECT id, secret FROM totp_factor WHERE account_id = $1 AND confirmed_at IS NULL FOR UPDATE',
    [accountId],
  );
  const secret = factor && (await keyring.open(tx, seedPlace(accountId, factor.id), factor.secret));
  const step = secret ? stepOfCode(secret, code, now) : undefined;
  if (!factor || step === undefined) return undefined;
  const changeId = await keepFormerFactor({ keyring }, tx, { accountId, change: 'REPLACED', now });
  await tx.query('DELETE FROM totp_factor WHERE account_id = $1 AND confirmed_at IS NOT NULL', [accountId]);
  await tx.query('UPDATE totp_factor SET confirmed_at = $2, last_step = $3 WHERE id = $1', [
    factor.id,
    now,
    step,
  ]);
  return { changeId };
}

async function flowOwner(tx: Transaction, token: string, now: Date): Promise<string> {
  const flow = await findFlow(tx, token, { ...ENROLLING, now });
  if (!flow?.account_id) throw refused.unauthenticated('This sign-in is over. Please start again.');
  return flow.account_id;
}

/** Somebody signed in and freshly so, with a factor as good as the ones there are (A24). */
async function ownerOf(tx: Transaction, caller: Caller, now: Date): Promise<string> {
  const { account } = await requireFactorChange(tx, caller, now);
  return account.id;
}

async function namesFor(identity: Identity, tx: Transaction, accountId: string) {
  const [row] = await tx.query<{ email: Buffer | null; name: string | null }>(
    'SELECT a.email, o.name FROM account a LEFT JOIN organization_profile o USING (organization_id) WHERE a.id = $1',
    [accountId],
  );
  const email = await identity.keyring.open(tx, contactPlace(accountId, 'email'), row?.email ?? null);
  // A colon would end the issuer in the otpauth address.
  return {
    issuer: (row?.name ?? 'Kept').replaceAll(':', ' '),
    label: (email ?? accountId).replaceAll(':', ' '),
  };
}
