import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { contactPlace } from '../accounts/contact.ts';
import { canonicalEmail } from '../accounts/email-address.ts';
import { findByAddress } from '../accounts/find-account.ts';
import { recordAudit } from '../audit.ts';
import { requireFactorChange } from '../factors/changes/require-factor-change.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { requireCalmSession } from '../risk/assess-session.ts';
import { askForAddress } from '../lockout/ask-for-address.ts';
import { isRefused } from '../lockout/count-attempts.ts';
import { changePlace, CHANGES_PER_DAY_MAX, REST_AFTER_UNDO_MS, UNDO_MS } from './contact-change.ts';

/** A change that waits for its code. */
export interface StartedChange {
  readonly change: string;
  readonly undoUntil: Date;
}

const DAY_MS = 24 * 3_600_000;

/**
 * Asks for another address. Whether it belongs to somebody already changes neither the answer nor the notice to the
 * present address; only the mail to the new one says something else, and that is for its owner (A02).
 */
export async function startContactChange(
  identity: Identity,
  { caller, email: typed }: { caller: Caller; email: string },
): Promise<StartedChange> {
  const email = canonicalEmail(typed);
  if (email === undefined)
    throw refused.badInput('That is not an e-mail address we can write to.', { field: 'email' });
  await requireCalmSession(identity, caller);
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    // An address is the way into an account: who changes it shows a factor as good as the ones there are (A24).
    const { account } = await requireFactorChange(tx, caller, now);
    const accountId = account.id;
    await demandCalm(tx, accountId, now);
    const owner = await findByAddress(identity, tx, email);
    const taken = owner?.state === 'ACTIVE';
    const change = { id: randomUUID(), accountId };
    const undoUntil = new Date(now.getTime() + UNDO_MS);
    await write(identity, tx, { change, email, now, undoUntil });
    const identifier = identity.secrets.hash('identifier', organizationOf(caller), email);
    // So many an hour to one address, silently, so that nobody is bombed.
    const asked = { scope: 'ASKED', identifier, accountId: owner?.id ?? null, caller, now } as const;
    if (!isRefused(await askForAddress(identity, tx, asked))) {
      const mail = taken
        ? ({ accountId: owner.id, template: 'contact-change-taken' } as const)
        : ({ accountId, template: 'contact-change-code', contactChangeId: change.id } as const);
      await queueMail(identity, tx, { mail, now });
    }
    const parameters = { undoUntil: undoUntil.toISOString() };
    await queueMail(identity, tx, {
      mail: { accountId, template: 'contact-change-started', contactChangeId: change.id, parameters },
      now,
    });
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'user_updated',
        outcome: 'success',
        subject: { type: 'Account', id: accountId },
        details: { change: 'contact_asked_for', address: taken ? 'taken' : 'free' },
      },
    );
    return { change: change.id, undoUntil };
  });
}

async function demandCalm(tx: Transaction, accountId: string, now: Date): Promise<void> {
  // One account's changes come one after the other: two at once must not both find none.
  await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [accountId]);
  const [{ started, undone } = { started: 0, undone: 0 }] = await tx.query<{
    started: number;
    undone: number;
  }>(
    `SELECT count(*) FILTER (WHERE created_at > $2)::int AS started,
            count(*) FILTER (WHERE undone_at > $3)::int AS undone
     FROM contact_change WHERE account_id = $1`,
    [accountId, new Date(now.getTime() - DAY_MS), new Date(now.getTime() - REST_AFTER_UNDO_MS)],
  );
  if (undone > 0) {
    throw refused.badInput(
      'A change of this account’s address was taken back within the last day. Please change the password, then try again tomorrow.',
    );
  }
  if (started >= CHANGES_PER_DAY_MAX) throw refused.rateLimited(DAY_MS / 1000);
}

async function write(
  { keyring }: Identity,
  tx: Transaction,
  given: { change: { id: string; accountId: string }; email: string; now: Date; undoUntil: Date },
): Promise<void> {
  const { change, email, now, undoUntil } = given;
  await tx.query(
    `UPDATE contact_change SET state = 'REPLACED', code_hash = NULL WHERE account_id = $1 AND state = 'AWAITING_CODE'`,
    [change.accountId],
  );
  const [account] = await tx.query<{ email: Buffer | null; email_index: Buffer | null }>(
    'SELECT email, email_index FROM account WHERE id = $1',
    [change.accountId],
  );
  const present = await keyring.open(tx, contactPlace(change.accountId, 'email'), account?.email ?? null);
  if (present === null) throw refused.notFound('account');
  await tx.query(
    `INSERT INTO contact_change (id, organization_id, account_id, state, new_email, new_email_index, previous_email,
       previous_email_index, attempts, created_at, undo_until)
     VALUES ($1, $2, $3, 'AWAITING_CODE', $4, $5, $6, $7, 0, $8, $9)`,
    [
      change.id,
      tx.organizationId,
      change.accountId,
      await keyring.seal(tx, changePlace(change, 'new_email'), email),
      await keyring.blindIndex(tx, { table: 'account', column: 'email' }, email),
      await keyring.seal(tx, changePlace(change, 'previous_email'), present),
      account?.email_index ?? null,
      now,
      undoUntil,
    ],
  );
}
