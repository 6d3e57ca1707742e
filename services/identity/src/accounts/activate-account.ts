import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Role } from '@kept/passport';
import { invariant } from '@kept/subgraph-kit';
import type { Identity } from '../identity.ts';
import type { AccountKind } from './account.ts';
import { contactPlace } from './contact.ts';
import { isDisposable } from './disposable-address.ts';
import { phoneCountry } from './phone-country.ts';

/**
 * Makes a claim to an address the account of that address, once, and tells the other services. False when it is no
 * claim any more or somebody else's came first; two at the same instant meet `one_active_account_per_address`.
 */
export async function activateAccount(
  identity: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { accountId, now }: { accountId: string; now: Date },
): Promise<boolean> {
  const [account] = await tx.query<{
    kind: AccountKind;
    roles: Role[];
    email: Buffer | null;
    phone: Buffer | null;
    time_zone: string;
  }>(
    `UPDATE account AS claim SET state = 'ACTIVE', confirmed_at = $2, last_active_at = $2
     WHERE id = $1 AND state = 'PENDING' AND NOT EXISTS (SELECT FROM account other
       WHERE other.organization_id = claim.organization_id AND other.email_index = claim.email_index
         AND other.state = 'ACTIVE')
     RETURNING kind, roles, email, phone, time_zone`,
    [accountId, now],
  );
  if (!account) return false;
  invariant(tx.organizationId !== null, 'an account belongs to an organization');
  if (account.kind === 'CLIENT') {
    await publish(tx, 'client.registered', { clientId: accountId, timeZone: account.time_zone });
    await tellOfContact(identity, tx, { accountId, ...account });
  } else await publish(tx, 'staff.joined', { staffMemberId: accountId, roles: account.roles });
  return true;
}

/**
 * Of address and number themselves nothing is told: that the one is of a sort that is handed out for minutes (BOK-11), and
 * where the other is (PAY-03), is all that rules about bookings and payments need.
 */
async function tellOfContact(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { accountId: clientId, ...sealed }: { accountId: string; email: Buffer | null; phone: Buffer | null },
): Promise<void> {
  const [email, phone] = await keyring.openMany(tx, [
    { place: contactPlace(clientId, 'email'), envelope: sealed.email },
    { place: contactPlace(clientId, 'phone'), envelope: sealed.phone },
  ]);
  if (typeof email === 'string' && isDisposable(email))
    await publish(tx, 'client.flagged', { clientId, reason: 'DISPOSABLE_ADDRESS' });
  const country = typeof phone === 'string' ? phoneCountry(phone) : null;
  if (country !== null) await publish(tx, 'phone.noted', { clientId, country });
}
