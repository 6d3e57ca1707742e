import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { invariant, refused } from '@kept/subgraph-kit';
import { activateAccount } from '../accounts/activate-account.ts';
import { createPendingAccount } from '../accounts/create-account.ts';
import { canonicalName } from '../accounts/person-text.ts';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { lockGuardianship, reasonPlace, type Guardianship, type GuardianshipKind } from './guardianship.ts';

/** A name as it is stored, or the refusal. */
export function readDependantName(text: string): string {
  const displayName = canonicalName(text);
  if (displayName === undefined)
    throw refused.badInput('A name has 1 to 120 characters.', { field: 'displayName' });
  return displayName;
}

/** When it ends, if that is still to come. How far away it may be, a constraint says. */
export function readEnd(endsAt: Date, now: Date): Date {
  if (endsAt > now) return endsAt;
  throw refused.badInput('Say a day that is still to come.', { field: 'endsAt' });
}

/** Enters a client who has nothing to sign in with, in zone and language of whoever answers for them. */
export async function enterDependant(
  identity: Identity,
  tx: Transaction,
  { displayName, guardianId, now }: { displayName: string; guardianId: string; now: Date },
): Promise<string> {
  const [guardian] = await tx.query<{ time_zone: string; language: string }>(
    "SELECT time_zone, language FROM account WHERE id = $1 AND kind = 'CLIENT' AND state = 'ACTIVE'",
    [guardianId],
  );
  if (!guardian) throw refused.notFound('client');
  const { time_zone: timeZone, language } = guardian;
  const account = { kind: 'CLIENT', roles: ['CLIENT'], displayName, timeZone, language } as const;
  const accountId = await createPendingAccount(identity, tx, { account, now });
  // Told to the other services as every client: bookings, payments and consents are theirs from the first day.
  const isClient = await activateAccount(identity, tx, { accountId, now });
  invariant(isClient, 'nobody else claims no address');
  return accountId;
}

/** Writes a guardianship down; the database refuses what cannot be (`guardianship_is_sound`). */
export async function writeGuardianship(
  identity: Identity,
  tx: Transaction,
  given: {
    guardianId: string;
    dependantId: string;
    kind: GuardianshipKind;
    endsAt: Date;
    confirmed?: { by: string; reason: string };
    caller: Caller;
    now: Date;
  },
): Promise<Guardianship> {
  const { guardianId, dependantId, kind, endsAt, confirmed, caller, now } = given;
  const id = randomUUID();
  const place = reasonPlace({ id, dependantId });
  const reason = confirmed === undefined ? null : await identity.keyring.seal(tx, place, confirmed.reason);
  await tx.query(
    `INSERT INTO guardianship (id, organization_id, guardian_id, dependant_id, kind, reason, confirmed_by, began_at, ends_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, tx.organizationId, guardianId, dependantId, kind, reason, confirmed?.by ?? null, now, endsAt],
  );
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'guardianship_began',
      outcome: 'success',
      subject: { type: 'Account', id: dependantId },
      details: { guardianship: id, guardian: guardianId, kind, endsAt: endsAt.toISOString() },
    },
  );
  const written = await lockGuardianship(identity, tx, id);
  invariant(written, 'what was written is there');
  return written;
}
