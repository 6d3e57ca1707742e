import type { Transaction } from '@kept/database';

/** A provider with the zone they work in: their own, or else the organization's. */
export interface ProviderInZone {
  readonly id: string;
  readonly timeZone: string;
}

/** Reads providers by id, or those who offer a service. */
export function readProviders(
  tx: Transaction,
  wanted: { ids: readonly string[] } | { offering: string },
): Promise<ProviderInZone[]> {
  const byId = 'ids' in wanted;
  const which = byId
    ? 'p.id = ANY ($1::uuid[])'
    : 'p.active AND p.id IN (SELECT provider_id FROM service_provider WHERE service_id = $1)';
  // An organization whose profile has not arrived yet has no hours either: UTC is only seen, never worked in.
  return tx.query<ProviderInZone>(
    `SELECT p.id, COALESCE(p.time_zone, o.time_zone, 'UTC') AS "timeZone"
     FROM provider p LEFT JOIN organization_profile o ON o.organization_id = p.organization_id
     WHERE ${which} ORDER BY p.id LIMIT 200`,
    [byId ? wanted.ids : wanted.offering],
  );
}
