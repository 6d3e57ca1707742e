import { randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { EnvelopeRefused } from './errors.ts';
import { freshKey, organizationKeyWrap } from './key-wrap.ts';
import type { KeyPurpose } from './key-wrap.ts';
import { organizationOf } from './organization.ts';

export interface OrganizationKey {
  id: string;
  organizationId: string;
  purpose: KeyPurpose;
  version: number;
  key: KeyObject;
}

interface OrganizationKeyRow {
  id: string;
  purpose: KeyPurpose;
  version: number;
  wrapped_key: Buffer;
}

/** The newest key of an organization for one purpose, made on first use. */
export async function currentOrganizationKey(
  tx: Transaction,
  purpose: KeyPurpose,
  use: { wrappingKey: KeyObject; now: Date },
): Promise<OrganizationKey> {
  const found = await newest(tx, purpose, use.wrappingKey);
  if (found !== null) return found;
  const name = { id: randomUUID(), organizationId: organizationOf(tx), purpose, version: 1 };
  await tx.query(
    `INSERT INTO encryption_key (id, organization_id, purpose, version, wrapped_key, created_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, purpose, version) DO NOTHING`,
    [
      name.id,
      name.organizationId,
      purpose,
      name.version,
      organizationKeyWrap(use.wrappingKey, name).wrap(freshKey()),
      use.now,
    ],
  );
  // Of two callers racing, both read the row that won.
  const made = await newest(tx, purpose, use.wrappingKey);
  if (made === null) throw new EnvelopeRefused(`The ${purpose} key of the organization could not be made.`);
  return made;
}

/** Every key of the organization, unwrapped one by one so that a check can say which of them fails. */
export async function listOrganizationKeys(
  tx: Transaction,
  wrappingKey: KeyObject,
): Promise<{ id: string; purpose: KeyPurpose; version: number; unwrap: () => KeyObject }[]> {
  const organizationId = organizationOf(tx);
  const rows = await tx.query<OrganizationKeyRow>(
    `SELECT id, purpose, version, wrapped_key FROM encryption_key WHERE organization_id = $1 ORDER BY purpose, version`,
    [organizationId],
  );
  return rows.map((row) => ({
    id: row.id,
    purpose: row.purpose,
    version: row.version,
    unwrap: () => organizationKeyWrap(wrappingKey, { ...row, organizationId }).unwrap(row.wrapped_key),
  }));
}

async function newest(
  tx: Transaction,
  purpose: KeyPurpose,
  wrappingKey: KeyObject,
): Promise<OrganizationKey | null> {
  const organizationId = organizationOf(tx);
  const [row] = await tx.query<OrganizationKeyRow>(
    `SELECT id, purpose, version, wrapped_key FROM encryption_key
     WHERE organization_id = $1 AND purpose = $2 ORDER BY version DESC LIMIT 1`,
    [organizationId, purpose],
  );
  if (row === undefined) return null;
  const key = organizationKeyWrap(wrappingKey, { ...row, organizationId }).unwrap(row.wrapped_key);
  return { id: row.id, organizationId, purpose, version: row.version, key };
}
