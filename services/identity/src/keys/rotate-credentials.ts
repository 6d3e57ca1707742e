import type { Transaction } from '@kept/database';
import { recordAudit } from '../audit.ts';
import { requirePasswordChange } from '../passwords/require-password-change.ts';
import { writeServiceKey, type ServiceKey } from '../people/service-accounts/service-key.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
// What a new key lasts where the old one had less left: long enough that nobody has to come back tomorrow.
const NEW_KEY_MS = 90 * DAY_MS;

/** Whose credentials are replaced. */
export type RotationScope = 'EVERYBODY' | 'STAFF' | 'CLIENTS' | 'PROGRAMS' | 'NAMED';

/** What was done, and the new keys of programs, this once. */
export interface Rotation {
  readonly passwords: number;
  readonly sessionsEnded: number;
  readonly devicesForgotten: number;
  readonly overlapUntil: Date;
  readonly serviceKeys: readonly { readonly secret: string; readonly key: ServiceKey }[];
}

interface Order {
  readonly scope: RotationScope;
  /** With `NAMED`: these accounts alone. */
  readonly accountIds: readonly string[];
  readonly overlapMinutes: number;
  readonly reason: string;
  /** An account, or the name of an operator's command. */
  readonly by: {
    readonly kind: 'STAFF' | 'SERVICE';
    readonly accountId: string | null;
    readonly requestId: string;
  };
  readonly now: Date;
}

const CONCERNED = `a.state IN ('ACTIVE', 'SUSPENDED') AND CASE $1::text
    WHEN 'EVERYBODY' THEN true WHEN 'STAFF' THEN a.kind = 'STAFF' WHEN 'CLIENTS' THEN a.kind = 'CLIENT'
    WHEN 'PROGRAMS' THEN a.kind = 'SERVICE' ELSE a.id = ANY ($2::uuid[]) END`;

/**
 * Replaces credentials on demand (AUT-10): people choose another password before they have a session again, their sessions
 * end and their devices are forgotten, all at once; programs get a new key each, beside the old one for a while, so that no
 * integration stops. Keys of people that they hold themselves, passkeys and authenticators, stay: nobody else knew them. But a passkey
 * opens nothing either before another password is chosen (`openSession`).
 */
export async function rotateCredentials(tx: Transaction, order: Order): Promise<Rotation> {
  const { scope, reason, by, now } = order;
  const overlapUntil = new Date(now.getTime() + order.overlapMinutes * MINUTE_MS);
  // Passwords before accounts, as a sign-in holds them: the other way round each of those under way would be a deadlock, and under
  // an attack, when this is needed, it would be this that is undone.
  await tx.query(
    `SELECT FROM password_credential WHERE account_id IN (SELECT a.id FROM account a WHERE ${CONCERNED})
     ORDER BY account_id FOR NO KEY UPDATE`,
    [scope, order.accountIds],
  );
  const accounts = await tx.query<{ id: string; kind: string }>(
    `SELECT a.id, a.kind FROM account a WHERE ${CONCERNED} ORDER BY a.id FOR UPDATE`,
    [scope, order.accountIds],
  );
  const people = accounts.filter(({ kind }) => kind !== 'SERVICE').map(({ id }) => id);
  const programs = accounts.filter(({ kind }) => kind === 'SERVICE').map(({ id }) => id);
  const passwords = await requirePasswordChange(tx, people, 'ROTATED');
  // A trigger withdraws the tokens of each session from gateways in this transaction (A36).
  const sessions = await tx.query(
    `UPDATE session SET ended_at = $2, end_reason = 'ROTATED'
     WHERE account_id = ANY ($1::uuid[]) AND ended_at IS NULL RETURNING id`,
    [people, now],
  );
  const devices = await tx.query(
    'UPDATE device SET revoked_at = $2 WHERE account_id = ANY ($1::uuid[]) AND revoked_at IS NULL RETURNING id',
    [people, now],
  );
  const serviceKeys = [];
  for (const accountId of programs)
    serviceKeys.push(...(await renewKey(tx, { accountId, overlapUntil, by: by.accountId, now })));
  const rotation = {
    passwords,
    sessionsEnded: sessions.length,
    devicesForgotten: devices.length,
    overlapUntil,
    serviceKeys,
  };
  await recordAudit(
    tx,
    { caller: by, now },
    {
      action: 'credentials_rotated',
      outcome: 'success',
      subject: { type: 'Organization', id: tx.organizationId ?? '' },
      details: {
        scope,
        reason,
        passwords: String(passwords),
        sessions: String(sessions.length),
        devices: String(devices.length),
        serviceKeys: String(serviceKeys.length),
      },
    },
  );
  return rotation;
}

/** A program's next key, from the networks of its newest; what it has until now is good until the overlap is over. */
async function renewKey(
  tx: Transaction,
  given: { accountId: string; overlapUntil: Date; by: string | null; now: Date },
): Promise<{ secret: string; key: ServiceKey }[]> {
  const { accountId, overlapUntil, by, now } = given;
  const before = await tx.query<{ networks: string[]; made_by: string; expires_at: Date }>(
    `SELECT networks, made_by, expires_at FROM service_key
     WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY made_at DESC, id FOR UPDATE`,
    [accountId, now],
  );
  const [newest] = before;
  if (!newest) return [];
  await tx.query(
    `UPDATE service_key SET expires_at = least(expires_at, $3)
     WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2`,
    [accountId, now, overlapUntil],
  );
  const lasting = Math.max(newest.expires_at.getTime(), now.getTime() + NEW_KEY_MS);
  const { networks, made_by: madeBy } = newest;
  const made = { accountId, networks, madeBy: by ?? madeBy, now, expiresAt: new Date(lasting) };
  return [await writeServiceKey(tx, made)];
}
