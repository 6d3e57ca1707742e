import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Identity } from '../identity.ts';

export interface NewOrganization {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly currency: string;
}

/** Enters an organization and tells the other services. Once: a second time changes nothing and is no mistake. */
export async function createOrganization(
  { database, clock }: Pick<Identity, 'database' | 'clock'>,
  organization: NewOrganization,
): Promise<boolean> {
  // The list of organizations stands outside the tenant wall, because every job walks it; the rest stands behind it.
  await database.infrastructure('create organization', (tx) =>
    tx.query('INSERT INTO organization (id) VALUES ($1) ON CONFLICT DO NOTHING', [organization.id]),
  );
  return database.transaction(organization.id, (tx) => enter(tx, organization, clock()));
}

async function enter(tx: Transaction, organization: NewOrganization, now: Date): Promise<boolean> {
  const { id, name, timeZone, currency } = organization;
  const rows = await tx.query(
    `INSERT INTO organization_profile (organization_id, name, time_zone, currency, created_at)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING organization_id`,
    [id, name, timeZone, currency, now],
  );
  if (rows.length === 0) return false;
  await publish(tx, 'organization.created', { name, timeZone, currency });
  return true;
}
