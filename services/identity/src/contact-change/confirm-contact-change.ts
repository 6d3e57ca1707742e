import { constraintOf, type Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { codeHash } from '../accounts/confirm-address.ts';
import { contactPlace } from '../accounts/contact.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { sameBytes } from '../secrets.ts';
import { requireLiveSession } from '../sessions/live-session.ts';
import { tellOfContact } from './addresses-of-changes.ts';
import { BOTH_ADDRESSES_MS, changePlace, CONFIRM_WITHIN_MS } from './contact-change.ts';

interface Awaiting {
  readonly id: string;
  readonly account_id: string;
  readonly code_hash: Buffer | null;
  readonly code_expires_at: Date | null;
  readonly new_email: Buffer | null;
}

/** The new address holds, or undefined when the code is not right, not any more, or there was none. */
export async function confirmContactChange(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { change: string; code: string } },
): Promise<{ changedAt: Date; bothAddressesUntil: Date } | undefined> {
  try {
    return await identity.database.transaction(organizationOf(caller), async (tx) => {
      const now = identity.clock();
      const session = await requireLiveSession(tx, caller, now);
      const change = await takeAttempt(tx, { id: input.change, accountId: session.accountId, now });
      const right = change !== undefined && isRight(identity, change, { code: input.code, now });
      if (right) await adopt(identity, tx, { change, now });
      await recordAudit(
        tx,
        { caller, now },
        {
          action: right ? 'user_updated' : 'authn_login_fail',
          outcome: right ? 'success' : 'failure',
          subject: { type: 'Account', id: session.accountId },
          details: right ? { change: 'contact_changed' } : { reason: 'code_refused' },
        },
      );
      return right
        ? { changedAt: now, bothAddressesUntil: new Date(now.getTime() + BOTH_ADDRESSES_MS) }
        : undefined;
    });
  } catch (error) {
    // Somebody else proved the address between our mail and this code: no word of it.
    if (constraintOf(error) === 'one_active_account_per_address') return undefined;
    throw error;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function takeAttempt(
  tx: Transaction,
  { id, accountId, now }: { id: string; accountId: string; now: Date },
): Promise<Awaiting | undefined> {
  if (!UUID.test(id)) return undefined;
  // The account first, as everywhere here: who starts, confirms and takes back wait for each other.
  await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [accountId]);
  const [change] = await tx.query<Awaiting>(
    `UPDATE contact_change SET attempts = attempts + 1
     WHERE id = $1 AND account_id = $2 AND state = 'AWAITING_CODE' AND attempts < 5 AND created_at > $3
     RETURNING id, account_id, code_hash, code_expires_at, new_email`,
    [id, accountId, new Date(now.getTime() - CONFIRM_WITHIN_MS)],
  );
  return change;
}

function isRight(
  { secrets }: Identity,
  change: Awaiting,
  { code, now }: { code: string; now: Date },
): boolean {
  if (change.code_hash === null || change.code_expires_at === null || change.code_expires_at <= now)
    return false;
  return sameBytes(change.code_hash, codeHash(secrets, change.id, code));
}

async function adopt(
  identity: Identity,
  tx: Transaction,
  { change, now }: { change: Awaiting; now: Date },
): Promise<void> {
  const { keyring } = identity;
  const { id, account_id: accountId, new_email: sealed } = change;
  const email = await keyring.open(tx, changePlace({ id, accountId }, 'new_email'), sealed);
  if (email === null) return;
  await tx.query(
    `UPDATE account SET email = $2, email_index = (SELECT new_email_index FROM contact_change WHERE id = $3)
     WHERE id = $1 AND state = 'ACTIVE'`,
    [accountId, await keyring.seal(tx, contactPlace(accountId, 'email'), email), id],
  );
  await tx.query(
    `UPDATE contact_change SET state = 'CONFIRMED', confirmed_at = $2, code_hash = NULL WHERE id = $1`,
    [id, now],
  );
  await tellOfContact(tx, accountId);
  for (const contactChangeId of [undefined, id])
    await queueMail(identity, tx, {
      mail: {
        accountId,
        template: 'contact-changed',
        ...(contactChangeId !== undefined && { contactChangeId }),
      },
      now,
    });
}
