import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { readToken, writeToken } from './routed-token.ts';
import type { Secrets } from '../secrets.ts';

const TRUST_MS = 30 * 24 * 3_600_000;

/** A device as a sign-in or refresh leaves it. */
export interface UsedDevice {
  readonly id: string;
  readonly generation: number;
}

/** The device behind a token, if it belongs to this account and is still trusted. */
export async function findKnownDevice(
  { secrets }: { secrets: Secrets },
  tx: Transaction,
  given: { token: string | null | undefined; accountId: string | undefined; now: Date },
): Promise<UsedDevice | undefined> {
  const token = given.token ? readToken(secrets, 'device', given.token) : undefined;
  if (!token || token.organizationId !== tx.organizationId || given.accountId === undefined) return undefined;
  // The token before the newest is good as well: its successor may have been lost on the way.
  const [device] = await tx.query<UsedDevice>(
    `SELECT id, generation FROM device WHERE id = $1 AND account_id = $2 AND generation - $3::int IN (0, 1)
       AND trusted_until > $4 AND revoked_at IS NULL`,
    [token.id, given.accountId, token.count, given.now],
  );
  return device;
}

/** Marks a known device as used, which changes its token, or makes this one known for thirty days. */
export async function useDevice(
  tx: Transaction,
  given: { deviceId: string | null; accountId: string; now: Date },
): Promise<UsedDevice & { isNew: boolean }> {
  if (given.deviceId !== null) {
    const [device] = await tx.query<UsedDevice>(
      `UPDATE device SET generation = generation + 1, last_used_at = $2
       WHERE id = $1 AND revoked_at IS NULL AND trusted_until > $2 RETURNING id, generation`,
      [given.deviceId, given.now],
    );
    if (device) return { ...device, isNew: false };
  }
  const id = randomUUID();
  await tx.query(
    `INSERT INTO device (id, organization_id, account_id, generation, created_at, last_used_at, trusted_until)
     VALUES ($1, $2, $3, 1, $4, $4, $5)`,
    [id, tx.organizationId, given.accountId, given.now, new Date(given.now.getTime() + TRUST_MS)],
  );
  return { id, generation: 1, isNew: true };
}

/** Ends the trust in a device, after too many wrong passwords on it. */
export async function revokeDevice(tx: Transaction, deviceId: string, now: Date): Promise<void> {
  await tx.query('UPDATE device SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL', [deviceId, now]);
}

/** The token of a device's newest generation. */
export const deviceToken = (secrets: Secrets, organizationId: string, device: UsedDevice): string =>
  writeToken(secrets, 'device', { organizationId, id: device.id, count: device.generation });
