import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import { invariant } from '@kept/subgraph-kit';
import { seedPlace } from '../factors/totp.ts';
import type { Identity } from '../identity.ts';
import { activateAccount } from './activate-account.ts';
import { createPendingAccount } from './create-account.ts';
import { canonicalEmail } from './email-address.ts';
import { canonicalName } from './person-text.ts';

// As long as a training that was passed in Kept.
const TRAINING_MS = 365 * 24 * 3_600_000;

/** Somebody who is entered by the organization and not by signing up. */
export interface Member {
  readonly id: string;
  readonly organizationId: string;
  readonly roles: readonly Role[];
  readonly displayName: string;
  readonly email: string;
  readonly password: string;
  readonly totpSecret?: string | undefined;
  /** Staff who are entered here were trained by the organization; say `false` for somebody who still has to be. */
  readonly trained?: boolean | undefined;
}

/** Enters a member with a confirmed address and, where given, an authenticator. Once by their id; false when there. */
export async function enterMember(identity: Identity, member: Member): Promise<boolean> {
  const email = canonicalEmail(member.email);
  const displayName = canonicalName(member.displayName);
  invariant(email !== undefined && displayName !== undefined, 'a member has a name and an address');
  const passwordHash = await identity.hasher.hash(member.password);
  return identity.database.transaction(member.organizationId, async (tx) => {
    const [there] = await tx.query('SELECT 1 FROM account WHERE id = $1', [member.id]);
    if (there) return false;
    const now = identity.clock();
    const [organization] = await tx.query<{ time_zone: string }>(
      'SELECT time_zone FROM organization_profile',
    );
    const kind = member.roles.includes('CLIENT') ? 'CLIENT' : 'STAFF';
    const account = {
      id: member.id,
      kind,
      roles: member.roles,
      email,
      displayName,
      timeZone: organization?.time_zone ?? 'UTC',
      passwordHash,
    } as const;
    await createPendingAccount(identity, tx, { account, now });
    if (member.totpSecret !== undefined) {
      const id = randomUUID();
      const sealed = await identity.keyring.seal(tx, seedPlace(member.id, id), member.totpSecret);
      await tx.query(
        `INSERT INTO totp_factor (id, organization_id, account_id, secret, last_step, created_at, confirmed_at)
         VALUES ($1, $2, $3, $4, 0, $5, $5)`,
        [id, tx.organizationId, member.id, sealed, now],
      );
    }
    if (kind === 'STAFF' && member.trained !== false) await noteTraining(tx, member.id, now);
    return activateAccount(identity, tx, { accountId: member.id, now });
  });
}

async function noteTraining(tx: Transaction, accountId: string, now: Date): Promise<void> {
  const until = new Date(now.getTime() + TRAINING_MS);
  await tx.query('UPDATE account SET trained_until = $2 WHERE id = $1', [accountId, until]);
}
