import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { contactPlace } from '../accounts/contact.ts';
import { canonicalEmail } from '../accounts/email-address.ts';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { unknownDevicesKey } from './admit-attempt.ts';
import { forgetCounters, type AttemptKey } from './count-attempts.ts';

/** Opens an account for everybody again: what failures have closed, and what was locked altogether. Its owner is told. */
export async function openAccount(
  identity: Identity,
  tx: Transaction,
  { accountId, caller, now, by }: { accountId: string; caller: Caller; now: Date; by: readonly string[] },
): Promise<void> {
  const locks = await tx.query('DELETE FROM account_lock WHERE account_id = $1 RETURNING account_id', [
    accountId,
  ]);
  const counters = await forgetCounters(tx, await countersOf(identity, tx, accountId));
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'authn_login_unlock',
      outcome: 'success',
      subject: { type: 'Account', id: accountId },
      details: { by: by.join(' '), locks: String(locks.length), counters: String(counters) },
    },
  );
  await queueMail(identity, tx, { mail: { accountId, template: 'account-unlocked' }, now });
}

/** What is counted against an account: passwords from unknown devices, and codes from each device. */
async function countersOf(
  { secrets, keyring }: Identity,
  tx: Transaction,
  accountId: string,
): Promise<AttemptKey[]> {
  const [row] = await tx.query<{ email: Buffer | null }>('SELECT email FROM account WHERE id = $1', [
    accountId,
  ]);
  const sealed = row?.email ?? null;
  const email = await keyring.open(tx, contactPlace(accountId, 'email'), sealed);
  const canonical = email === null ? undefined : canonicalEmail(email);
  const devices = await tx.query<{ id: string }>('SELECT id FROM device WHERE account_id = $1', [accountId]);
  const codes = ['unknown', ...devices.map(({ id }) => id)].map((device) => ({
    scope: 'CODES' as const,
    key: secrets.hash('attempt', 'codes', accountId, device),
  }));
  if (canonical === undefined) return codes;
  return [unknownDevicesKey(secrets.hash('identifier', tx.organizationId ?? '', canonical)), ...codes];
}
