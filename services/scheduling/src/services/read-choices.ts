import type { Transaction } from '@kept/database';
import type { Location } from '../resources/location.ts';

/** What can be chosen of a service, and what it needs. */
export interface ServiceChoices {
  readonly variants: readonly {
    id: string;
    name: string;
    durationMinutes: number;
    priceMinor: number;
    depositMinor: number | null;
  }[];
  readonly addOns: readonly { id: string; name: string; extraMinutes: number; extraPriceMinor: number }[];
  readonly locations: readonly Location[];
  readonly requirements: readonly {
    groupId: string | null;
    resourceId: string | null;
    required: number | null;
  }[];
}

const CHOICES = `
SELECT s.id,
  (SELECT COALESCE(json_agg(json_build_object('id', v.id, 'name', v.name, 'durationMinutes', v.duration_minutes,
     'priceMinor', v.price_minor, 'depositMinor', v.deposit_minor) ORDER BY v.duration_minutes, v.id), '[]')
   FROM service_variant v WHERE v.service_id = s.id AND v.active) AS variants,
  (SELECT COALESCE(json_agg(json_build_object('id', o.id, 'name', o.name, 'extraMinutes', o.extra_minutes,
     'extraPriceMinor', o.extra_price_minor) ORDER BY o.name, o.id), '[]')
   FROM service_add_on o WHERE o.service_id = s.id AND o.active) AS "addOns",
  (SELECT COALESCE(json_agg(json_build_object('id', l.id, 'kind', l.kind, 'name', l.name, 'address', l.address,
     'timeZone', l.time_zone, 'timeZoneVisible', l.kind <> 'IN_PERSON', 'version', l.version) ORDER BY l.name, l.id), '[]')
   FROM service_location sl JOIN location l ON l.id = sl.location_id WHERE sl.service_id = s.id AND l.active) AS locations,
  (SELECT COALESCE(json_agg(json_build_object('groupId', q.group_id, 'resourceId', q.resource_id, 'required', q.needed)
     ORDER BY q.id), '[]') FROM resource_requirement q WHERE q.service_id = s.id) AS requirements
FROM unnest($1::uuid[]) AS s (id)`;

/** Of many services at once: one query. */
export async function readChoices(
  tx: Transaction,
  serviceIds: readonly string[],
): Promise<Map<string, ServiceChoices>> {
  const rows = await tx.query<ServiceChoices & { id: string }>(CHOICES, [serviceIds]);
  return new Map(rows.map(({ id, ...choices }) => [id, choices]));
}
