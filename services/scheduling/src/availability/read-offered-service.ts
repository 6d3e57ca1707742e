import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { OfferTerms } from './engine/offer.ts';

/** What is wanted of a service. */
export interface WantedService {
  readonly serviceId: string;
  readonly variantId: string | null;
  readonly addOnIds: readonly string[];
  readonly locationId: string | null;
}

/** Something that the service needs beside its providers. */
export interface Requirement {
  /** Rooms, devices or pools that can take each other's place. */
  readonly members: readonly { readonly id: string; readonly capacity: number | null }[];
  /** How many of the members; of a pool, how many things for each seat. */
  readonly needed: number;
}

/** A service as it is offered: how long it takes with all that was chosen, and what and whom it needs. */
export interface OfferedService {
  readonly serviceId: string;
  readonly terms: OfferTerms & { readonly capacity: number };
  readonly choice: 'ROUND_ROBIN' | 'COLLECTIVE';
  /** For COLLECTIVE: how many providers at once; null means all of them. */
  readonly providersNeeded: number | null;
  readonly fairnessWindowDays: number;
  readonly requirements: readonly Requirement[];
  /** IN_PERSON, PHONE or VIDEO; null when the service does not say. */
  readonly locationKinds: readonly string[];
}

interface ServiceRow {
  duration_minutes: number;
  slot_interval_minutes: number;
  buffer_before_minutes: number;
  buffer_after_minutes: number;
  minimum_lead_minutes: number;
  maximum_advance_minutes: number;
  capacity: number;
  provider_choice: 'ROUND_ROBIN' | 'COLLECTIVE';
  providers_needed: number | null;
  fairness_window_days: number;
  variant_minutes: number | null;
  add_on_minutes: number;
  add_ons: number;
  location_kinds: string[];
  requirements: { needed: number | null; members: { id: string; capacity: number | null }[] | null }[] | null;
}

const SERVICE = `
SELECT s.duration_minutes, s.slot_interval_minutes, s.buffer_before_minutes, s.buffer_after_minutes,
  s.minimum_lead_minutes, s.maximum_advance_minutes, s.capacity, s.provider_choice, s.providers_needed, s.fairness_window_days,
  (SELECT v.duration_minutes FROM service_variant v
   WHERE v.service_id = s.id AND v.id = $2 AND v.active) AS variant_minutes,
  a.minutes AS add_on_minutes, a.found AS add_ons,
  ARRAY(SELECT DISTINCT l.kind FROM service_location sl JOIN location l ON l.id = sl.location_id
        WHERE sl.service_id = s.id AND l.active AND ($4::uuid IS NULL OR l.id = $4)) AS location_kinds,
  (SELECT json_agg(json_build_object('needed', q.needed, 'members',
     (SELECT json_agg(json_build_object('id', r.id, 'capacity', r.capacity) ORDER BY r.id) FROM resource r
      WHERE r.active AND (r.id = q.resource_id
          OR r.id IN (SELECT m.resource_id FROM resource_group_member m WHERE m.group_id = q.group_id))
        AND ($4::uuid IS NULL OR r.location_id IS NULL OR r.location_id = $4))) ORDER BY q.id)
   FROM resource_requirement q WHERE q.service_id = s.id) AS requirements
FROM service s, LATERAL (
  SELECT COALESCE(sum(o.extra_minutes), 0)::int AS minutes, count(*)::int AS found FROM service_add_on o
  WHERE o.service_id = s.id AND o.id = ANY ($3::uuid[]) AND o.active) AS a
WHERE s.id = $1 AND s.active`;

/** A day: the longest an appointment may take, whatever is added to it. */
const DURATION_MAX = 1440;

/** The service with the variant, the add-ons and the place that were chosen: one query. What is not offered is not found. */
export async function readOfferedService(tx: Transaction, wanted: WantedService): Promise<OfferedService> {
  const { serviceId, variantId, addOnIds, locationId } = wanted;
  const [row] = await tx.query<ServiceRow>(SERVICE, [serviceId, variantId, addOnIds, locationId]);
  if (row === undefined) throw refused.notFound('service');
  if (variantId !== null && row.variant_minutes === null) throw refused.notFound('variant of this service');
  if (row.add_ons !== new Set(addOnIds).size) throw refused.notFound('add-on of this service');
  if (locationId !== null && row.location_kinds.length === 0) {
    throw refused.notFound('location of this service');
  }
  const durationMinutes = (row.variant_minutes ?? row.duration_minutes) + row.add_on_minutes;
  if (durationMinutes > DURATION_MAX) {
    throw refused.badInput('With these add-ons it would take longer than a day.', { field: 'addOnIds' });
  }
  return {
    serviceId,
    terms: {
      durationMinutes,
      slotIntervalMinutes: row.slot_interval_minutes,
      bufferBeforeMinutes: row.buffer_before_minutes,
      bufferAfterMinutes: row.buffer_after_minutes,
      minimumLeadMinutes: row.minimum_lead_minutes,
      maximumAdvanceMinutes: row.maximum_advance_minutes,
      capacity: row.capacity,
    },
    choice: row.provider_choice,
    providersNeeded: row.providers_needed,
    fairnessWindowDays: row.fairness_window_days,
    requirements: (row.requirements ?? []).map(({ needed, members }) => ({
      members: members ?? [],
      // Without a number all are needed; a requirement nobody can meet any more is met at no time.
      needed: needed ?? Math.max(1, members?.length ?? 0),
    })),
    locationKinds: row.location_kinds,
  };
}
