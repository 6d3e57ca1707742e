import { constraintOf, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { ServiceTerms } from './read-service-terms.ts';

/** Says who offers a service from now on. Bookings that exist stay with whom they are. */
export async function setProviders(
  tx: Transaction,
  serviceId: string,
  providerIds: readonly string[],
): Promise<void> {
  await tx.query('DELETE FROM service_provider WHERE service_id = $1 AND provider_id <> ALL ($2::uuid[])', [
    serviceId,
    providerIds,
  ]);
  try {
    await tx.query(
      `INSERT INTO service_provider (organization_id, service_id, provider_id)
       SELECT $1, $2, unnest($3::uuid[]) ON CONFLICT (service_id, provider_id) DO NOTHING`,
      [tx.organizationId, serviceId, providerIds],
    );
  } catch (error) {
    if (constraintOf(error) === 'offering_provider_is_ours') throw refused.notFound('provider');
    throw error;
  }
}

/** Says where a service takes place from now on. A place that was given up is not found. */
export async function setLocations(
  tx: Transaction,
  serviceId: string,
  locationIds: readonly string[],
): Promise<void> {
  const known = await tx.query('SELECT id FROM location WHERE id = ANY ($1::uuid[]) AND active', [
    locationIds,
  ]);
  if (known.length < locationIds.length) throw refused.notFound('location');
  await tx.query('DELETE FROM service_location WHERE service_id = $1 AND location_id <> ALL ($2::uuid[])', [
    serviceId,
    locationIds,
  ]);
  await tx.query(
    `INSERT INTO service_location (organization_id, service_id, location_id)
     SELECT $1, $2, unnest($3::uuid[]) ON CONFLICT (service_id, location_id) DO NOTHING`,
    [tx.organizationId, serviceId, locationIds],
  );
}

/** A team larger than all who offer it could never come together. */
export async function demandEnoughProviders(
  tx: Transaction,
  serviceId: string,
  { providersNeeded }: Pick<ServiceTerms, 'providersNeeded'>,
): Promise<void> {
  if (providersNeeded === null) return;
  const [row] = await tx.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM service_provider WHERE service_id = $1',
    [serviceId],
  );
  const count = row?.count ?? 0;
  if (count < providersNeeded) {
    throw refused.badInput(`Only ${count} offer it, so that it cannot need ${providersNeeded} of them.`, {
      field: 'providersNeeded',
    });
  }
}
