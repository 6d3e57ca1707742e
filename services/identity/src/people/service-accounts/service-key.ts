import { randomBytes, randomUUID } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { isNetwork } from '../../network-rules/judge-network.ts';
import { sha256 } from '../../secrets.ts';
import { readStaffAccount } from '../staff/staff-account.ts';
import { inSteppedUpSession, readId } from '../stepped-up.ts';

const PREFIX = 'ksk1_';
const DAY_MS = 24 * 3_600_000;
const DAYS_MAX = 365;
// One in use and its successor: more would be keys that nobody looks after.
const LIVE_MAX = 2;
const NETWORKS_MAX = 50;
const ORGANIZATION_BYTES = 16;
const SECRET_BYTES = 32;

/** A key as those see it who look after the program. */
export interface ServiceKey {
  readonly id: string;
  readonly accountId: string;
  readonly prefix: string;
  readonly networks: readonly string[];
  readonly madeAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

const COLUMNS = `id, account_id AS "accountId", prefix, networks, made_at AS "madeAt", expires_at AS "expiresAt",
  last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"`;

/** The organization stands in front, so that the exchange knows where to look; then 256 random bits. */
export function newServiceKey(organizationId: string): string {
  const bytes = Buffer.concat([
    Buffer.from(organizationId.replaceAll('-', ''), 'hex'),
    randomBytes(SECRET_BYTES),
  ]);
  return PREFIX + bytes.toString('base64url');
}

/** Which organization a key says it is of; undefined for what is no key. */
export function organizationOfKey(key: string): string | undefined {
  if (!key.startsWith(PREFIX) || key.length > 100) return undefined;
  const bytes = Buffer.from(key.slice(PREFIX.length), 'base64url');
  if (bytes.length !== ORGANIZATION_BYTES + SECRET_BYTES) return undefined;
  const hex = bytes.toString('hex', 0, ORGANIZATION_BYTES);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Whether an address lies in one of the networks; from everywhere when none are named. */
export function isFromNetworks(networks: readonly string[], address: string | null): boolean {
  if (networks.length === 0) return true;
  const family = address === null ? 0 : isIP(address);
  if (address === null || family === 0) return false;
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', bits = ''] = network.split('/');
    const own = isIP(base);
    if (own !== 0)
      list.addSubnet(base, Number(bits === '' ? (own === 4 ? 32 : 128) : bits), own === 4 ? 'ipv4' : 'ipv6');
  }
  return list.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Makes a key. Of two made at once for a program that has one already, one is refused. */
export function createServiceKey(
  identity: Identity,
  {
    caller,
    input,
  }: {
    caller: Caller;
    input: { serviceAccountId: string; days: number; networks?: readonly string[] | null | undefined };
  },
): Promise<{ secret: string; key: ServiceKey }> {
  const accountId = readId(input.serviceAccountId, 'program');
  const networks = [...new Set(input.networks ?? [])];
  if (networks.length > NETWORKS_MAX || networks.some((network) => !isNetwork(network)))
    throw refused.badInput('Write at most fifty networks as 203.0.113.0/24 or 2001:db8::/32.', {
      field: 'networks',
    });
  if (input.days < 1 || input.days > DAYS_MAX)
    throw refused.badInput(`A key is good for 1 to ${DAYS_MAX} days.`, { field: 'days' });
  return inSteppedUpSession(identity, { caller, of: ['MANAGER'] }, async (tx, by) => {
    await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [accountId]);
    const program = await readStaffAccount(identity, tx, accountId);
    if (program.kind !== 'SERVICE') throw refused.notFound('program');
    const [live] = await tx.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM service_key WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2',
      [accountId, by.now],
    );
    if ((live?.count ?? 0) >= LIVE_MAX)
      throw refused.badInput('Two keys of this program are good already. Revoke one first.');
    const expiresAt = new Date(by.now.getTime() + input.days * DAY_MS);
    const made = { accountId, networks, madeBy: by.accountId, now: by.now, expiresAt };
    const { secret, key } = await writeServiceKey(tx, made);
    await recordAudit(tx, by, {
      action: 'service_key_created',
      outcome: 'success',
      subject: { type: 'ServiceKey', id: key.id },
      details: { account: accountId, expiresAt: expiresAt.toISOString(), networks: String(networks.length) },
    });
    return { secret, key };
  });
}

/** Writes a new key of a program down, as its hash alone. */
export async function writeServiceKey(
  tx: Transaction,
  made: { accountId: string; networks: readonly string[]; madeBy: string; now: Date; expiresAt: Date },
): Promise<{ secret: string; key: ServiceKey }> {
  const { accountId, networks, madeBy, now, expiresAt } = made;
  const secret = newServiceKey(tx.organizationId ?? '');
  const [id, deviceId] = [randomUUID(), randomUUID()];
  await tx.query(
    `INSERT INTO device (id, organization_id, account_id, generation, created_at, last_used_at, trusted_until)
     VALUES ($1, $2, $3, 1, $4, $4, $5)`,
    [deviceId, tx.organizationId, accountId, now, expiresAt],
  );
  const [key] = await tx.query<ServiceKey>(
    `INSERT INTO service_key (id, organization_id, account_id, prefix, key_hash, device_id, networks, made_by, made_at,
       expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${COLUMNS}`,
    [
      id,
      tx.organizationId,
      accountId,
      // What follows the organization: four characters of the random part.
      `${PREFIX}…${secret.slice(PREFIX.length + 22, PREFIX.length + 26)}`,
      sha256(secret),
      deviceId,
      networks,
      madeBy,
      now,
      expiresAt,
    ],
  );
  if (!key) throw new Error('A key was not written.');
  return { secret, key };
}

/** Ends a key and what was opened with it. Doing it twice is no mistake. */
export function revokeServiceKey(
  identity: Identity,
  { caller, id: typed }: { caller: Caller; id: string },
): Promise<ServiceKey> {
  const id = readId(typed, 'key');
  return inSteppedUpSession(identity, { caller, of: ['MANAGER'] }, async (tx, by) => {
    const [key] = await tx.query<ServiceKey>(
      `UPDATE service_key SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, by.now],
    );
    if (!key) throw refused.notFound('key');
    await tx.query(
      `UPDATE session SET ended_at = $2, end_reason = 'DEVICE_REVOKED' WHERE ended_at IS NULL
         AND device_id = (SELECT device_id FROM service_key WHERE id = $1)`,
      [id, by.now],
    );
    await recordAudit(tx, by, {
      action: 'service_key_revoked',
      outcome: 'success',
      subject: { type: 'ServiceKey', id },
      details: { account: key.accountId },
    });
    return key;
  });
}

/** The keys of a program, newest first. */
export function listServiceKeys(tx: Transaction, accountId: string): Promise<ServiceKey[]> {
  return tx.query<ServiceKey>(
    `SELECT ${COLUMNS} FROM service_key WHERE account_id = $1 ORDER BY made_at DESC, id LIMIT 20`,
    [accountId],
  );
}
