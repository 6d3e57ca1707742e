import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { findActive, type KnownAccount } from '../accounts/find-account.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import type { OwnSession } from '../sessions/live-session.ts';
import { leaveSecondFactor } from '../sessions/leave-second-factor.ts';
import { requireFactorChange } from './changes/require-factor-change.ts';
import { restrictedFrom } from './changes/restricted-wait.ts';
import { tellOfFactors } from './changes/tell-of-factors.ts';
import type { CodeFactorKind } from './factor.ts';
import { listSignInFactors } from './list-sign-in-factors.ts';

export interface CodeFactorChange {
  readonly factor: CodeFactorKind;
  readonly enabled: boolean;
  readonly changedAt: Date;
}

/** Switches codes by mail or text on for a client. Whoever has a factor shows it first (A24). Doing it twice changes nothing. */
export function enableCodeFactor(
  identity: Identity,
  { caller, factor }: { caller: Caller; factor: CodeFactorKind },
): Promise<CodeFactorChange> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { session, account } = await requireOwner(tx, caller, now);
    const { accountId } = session;
    if (factor === 'SMS_CODE') await demandProvenPhone(tx, accountId);
    const usableFrom = await restrictedFrom(tx, account, now);
    const enrolled = await tx.query(
      `INSERT INTO code_factor (id, organization_id, account_id, kind, enrolled_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT ON CONSTRAINT one_code_factor_of_a_kind DO NOTHING RETURNING id`,
      [randomUUID(), tx.organizationId, accountId, factor, usableFrom],
    );
    if (enrolled.length === 1) {
      await tellOfFactors(identity, tx, { accountId, template: 'code-factor-enrolled', now });
      await record(tx, { caller, accountId, factor, change: 'enrolled', now });
    }
    return { factor, enabled: true, changedAt: now };
  });
}

/** Switches them off again: for a fresh session that was opened with a factor. No session claims one that is gone. */
export function disableCodeFactor(
  identity: Identity,
  { caller, factor }: { caller: Caller; factor: CodeFactorKind },
): Promise<CodeFactorChange> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { session } = await requireOwner(tx, caller, now);
    const { accountId, id: sessionId, clientType } = session;
    const gone = await tx.query('DELETE FROM code_factor WHERE account_id = $1 AND kind = $2 RETURNING id', [
      accountId,
      factor,
    ]);
    if (gone.length === 0) throw refused.notFound('factor');
    const account = await findActive(tx, accountId);
    const left = account ? await listSignInFactors(tx, account, now) : [];
    if (left.length === 0) await leaveSecondFactor(tx, { accountId, sessionId, clientType, now });
    await tellOfFactors(identity, tx, { accountId, template: 'code-factor-removed', now });
    await record(tx, { caller, accountId, factor, change: 'removed', now });
    return { factor, enabled: false, changedAt: now };
  });
}

/** A client who has signed in a moment ago, with a factor as good as the ones they have. */
async function requireOwner(
  tx: Transaction,
  caller: Caller,
  now: Date,
): Promise<{ session: OwnSession; account: KnownAccount }> {
  const owner = await requireFactorChange(tx, caller, now);
  if (owner.account.kind !== 'CLIENT') throw refused.forbidden('Codes by mail or text are for clients.');
  return owner;
}

async function demandProvenPhone(tx: Transaction, accountId: string): Promise<void> {
  const [proven] = await tx.query(
    'SELECT 1 FROM account WHERE id = $1 AND phone IS NOT NULL AND phone_confirmed_at IS NOT NULL',
    [accountId],
  );
  if (!proven)
    throw refused.badInput('Please confirm your telephone number with a code first.', { field: 'factor' });
}

async function record(
  tx: Transaction,
  given: {
    caller: Caller;
    accountId: string;
    factor: CodeFactorKind;
    change: 'enrolled' | 'removed';
    now: Date;
  },
): Promise<void> {
  const { caller, accountId, factor, change, now } = given;
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'user_updated',
      outcome: 'success',
      subject: { type: 'Account', id: accountId },
      details: { factor, change },
    },
  );
}
