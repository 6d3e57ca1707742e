import { randomInt } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import { codeHash } from '../accounts/confirm-address.ts';
import type { Identity } from '../identity.ts';
import { BOTH_ADDRESSES_MS, changePlace, CONFIRM_WITHIN_MS } from './contact-change.ts';

/** The address that a mail about a change goes to; null when it is gone. */
export async function addressOfChange(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { changeId, which }: { changeId: string; which: 'new_email' | 'previous_email' },
): Promise<string | null> {
  const [change] = await tx.query<{ account_id: string; new_email: Buffer; previous_email: Buffer }>(
    'SELECT account_id, new_email, previous_email FROM contact_change WHERE id = $1',
    [changeId],
  );
  if (!change) return null;
  return keyring.open(tx, changePlace({ id: changeId, accountId: change.account_id }, which), change[which]);
}

/** The changes whose earlier addresses still hear of appointments. */
export async function recentChanges(tx: Transaction, accountId: string, now: Date): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM contact_change WHERE account_id = $1 AND state = 'CONFIRMED' AND confirmed_at > $2`,
    [accountId, new Date(now.getTime() - BOTH_ADDRESSES_MS)],
  );
  return rows.map(({ id }) => id);
}

/** Tells the others that a client is written to elsewhere now: what opened appointments to the other address must not any more. */
export async function tellOfContact(tx: Transaction, accountId: string): Promise<void> {
  const clients = await tx.query("SELECT 1 FROM account WHERE id = $1 AND kind = 'CLIENT'", [accountId]);
  if (clients.length > 0) await publish(tx, 'contact.changed', { clientId: accountId });
}

const CODE_LIFETIME_MS = 10 * 60_000; // AUT-02: at most ten minutes
const CODE_DIGITS = 8;

/** A new code for a change that still waits for one, as for a flow that confirms an address. */
export async function newChangeCode(
  { secrets, clock }: Pick<Identity, 'secrets' | 'clock'>,
  tx: Transaction,
  changeId: string,
): Promise<string | undefined> {
  const now = clock();
  const code = String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0');
  const waiting = await tx.query(
    `UPDATE contact_change SET code_hash = $2, code_expires_at = $3
     WHERE id = $1 AND state = 'AWAITING_CODE' AND created_at > $4 RETURNING id`,
    [
      changeId,
      codeHash(secrets, changeId, code),
      new Date(now.getTime() + CODE_LIFETIME_MS),
      new Date(now.getTime() - CONFIRM_WITHIN_MS),
    ],
  );
  return waiting.length === 1 ? code : undefined;
}
