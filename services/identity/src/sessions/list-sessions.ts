import type { Transaction } from '@kept/database';
import type { Identity } from '../identity.ts';
import { openOrigin, ORIGIN_COLUMNS, type OriginRow } from '../risk/sign-in-origin.ts';
import type { ClientType } from './session-limits.ts';

/** A session that holds, as its owner sees it. */
export interface LiveSession {
  readonly id: string;
  readonly deviceId: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly secondFactor: boolean;
  readonly clientType: ClientType;
  /** What it was opened on and where, such as Firefox / Linux and Vienna, AT; null when it was not told. */
  readonly device: string | null;
  readonly place: string | null;
}

/** A browser or telephone that was signed in on, as its owner sees it. */
export interface ListedDevice {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly trustedUntil: Date;
  readonly name: string | null;
  readonly place: string | null;
}

const LISTED_MAX = 50;

/** An account's sessions that hold, newest first (ASVS 7.5.2). */
export async function listSessions(
  identity: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { accountId, now }: { accountId: string; now: Date },
): Promise<LiveSession[]> {
  const sessions = await tx.query<Omit<LiveSession, 'device' | 'place'>>(
    `SELECT id, device_id AS "deviceId", created_at AS "createdAt", last_seen_at AS "lastSeenAt",
       expires_at AS "expiresAt", second_factor AS "secondFactor", client_type AS "clientType"
     FROM session WHERE account_id = $1 AND ended_at IS NULL AND idle_expires_at > $2 AND expires_at > $2
     ORDER BY created_at DESC LIMIT ${LISTED_MAX}`,
    [accountId, now],
  );
  const origins = await originsBy(identity, tx, {
    column: 'session_id',
    ids: sessions.map(({ id }) => id),
  });
  return sessions.map((session) => ({ ...session, ...(origins.get(session.id) ?? UNKNOWN) }));
}

/** The devices an account is known on, the one used last first. */
export async function listDevices(
  identity: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { accountId, now }: { accountId: string; now: Date },
): Promise<ListedDevice[]> {
  const devices = await tx.query<Omit<ListedDevice, 'name' | 'place'>>(
    `SELECT id, created_at AS "createdAt", last_used_at AS "lastUsedAt", trusted_until AS "trustedUntil"
     FROM device WHERE account_id = $1 AND revoked_at IS NULL AND trusted_until > $2
     ORDER BY last_used_at DESC LIMIT ${LISTED_MAX}`,
    [accountId, now],
  );
  const origins = await originsBy(identity, tx, { column: 'device_id', ids: devices.map(({ id }) => id) });
  return devices.map((device) => {
    const { device: name, place } = origins.get(device.id) ?? UNKNOWN;
    return { ...device, name, place };
  });
}

const UNKNOWN = { device: null, place: null } as const;

/** The newest origin of each session or device, in one query. */
async function originsBy(
  identity: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { column, ids }: { column: 'session_id' | 'device_id'; ids: readonly string[] },
): Promise<Map<string, { device: string | null; place: string | null }>> {
  const rows = await tx.query<OriginRow>(
    `SELECT DISTINCT ON (${column}) ${ORIGIN_COLUMNS} FROM sign_in_origin WHERE ${column} = ANY ($1::uuid[])
     ORDER BY ${column}, seen_at DESC`,
    [ids],
  );
  const described = await Promise.all(
    rows.map(async (row) => [row[column], await openOrigin(identity, tx, row)] as const),
  );
  return new Map(
    described.map(([id, { device, place }]) => [
      id,
      { device, place: place === null ? null : nameOf(place) },
    ]),
  );
}

const nameOf = ({ city, country }: { city?: string | null; country: string | null }): string | null =>
  [city, country].filter((part) => part !== null && part !== undefined && part !== '').join(', ') || null;
