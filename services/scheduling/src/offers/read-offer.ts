import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { BookingLimit, LimitsOfService } from '../limits/find-limits.ts';
import { Service } from '../services/service.ts';
import type { OfferRequest } from './offer.ts';

/** A room, a device or a pool of them that a service may use. */
export interface Thing {
  readonly id: string;
  readonly kind: 'ROOM' | 'EQUIPMENT';
  /** How many equal things it is; null for one that is booked as such. */
  readonly capacity: number | null;
}

/** What a service needs beside its providers. */
export interface Need {
  readonly things: readonly Thing[];
  /** How many of them; of a pool, how many for each seat. */
  readonly needed: number;
}

/** A service with what was chosen of it. */
export interface ChosenService {
  readonly service: Service;
  readonly variant: { durationMinutes: number; priceMinor: number; depositMinor: number | null } | null;
  readonly extraMinutes: number;
  readonly extraPriceMinor: number;
  readonly location: { readonly id: string; readonly kind: string } | null;
  readonly needs: readonly Need[];
  /** What its bookings can fall under. */
  readonly limits: LimitsOfService;
}

interface ChoiceRow {
  variant: ChosenService['variant'];
  add_ons: { minutes: number; price: number; found: number };
  locations: { id: string; kind: string }[];
  needs: { needed: number | null; things: Thing[] | null }[] | null;
  limits: BookingLimit[] | null;
  zone: string | null;
}

const CHOICES = `
SELECT
  (SELECT json_build_object('durationMinutes', v.duration_minutes, 'priceMinor', v.price_minor, 'depositMinor', v.deposit_minor)
   FROM service_variant v WHERE v.service_id = $1 AND v.id = $2 AND (v.active OR $5)) AS variant,
  (SELECT json_build_object('minutes', COALESCE(sum(o.extra_minutes), 0), 'price', COALESCE(sum(o.extra_price_minor), 0), 'found', count(*))
   FROM service_add_on o WHERE o.service_id = $1 AND o.id = ANY ($3::uuid[]) AND (o.active OR $5)) AS add_ons,
  (SELECT COALESCE(json_agg(json_build_object('id', l.id, 'kind', l.kind) ORDER BY l.id), '[]')
   FROM service_location sl JOIN location l ON l.id = sl.location_id
   WHERE sl.service_id = $1 AND (l.active OR $5) AND ($4::uuid IS NULL OR l.id = $4)) AS locations,
  (SELECT json_agg(json_build_object('needed', q.needed, 'things',
     (SELECT json_agg(json_build_object('id', r.id, 'kind', r.kind, 'capacity', r.capacity) ORDER BY r.id) FROM resource r
      WHERE r.active AND (r.id = q.resource_id
          OR r.id IN (SELECT m.resource_id FROM resource_group_member m WHERE m.group_id = q.group_id))
        AND ($4::uuid IS NULL OR r.location_id IS NULL OR r.location_id = $4))) ORDER BY q.id)
   FROM resource_requirement q WHERE q.service_id = $1) AS needs,
  (SELECT json_agg(json_build_object('id', l.id, 'scope', l.scope, 'period', l.period, 'bookingsMax', l.bookings_max,
     'providerId', l.provider_id, 'serviceId', l.service_id) ORDER BY l.id)
   FROM booking_limit l WHERE l.service_id IS NULL OR l.service_id = $1) AS limits,
  (SELECT time_zone FROM organization_profile) AS zone`;

/** A day: the longest an appointment may take, whatever is added to it. */
const DURATION_MAX = 1440;

/**
 * Reads what was chosen: two queries. What this service does not offer is not found. A booking that moves keeps what it was
 * booked with, also when that is no longer offered.
 */
export async function readOffer(tx: Transaction, request: OfferRequest): Promise<ChosenService> {
  const moving = request.movingBookingId !== null;
  const where = { id: request.serviceId, ...(!moving && { active: true }) };
  const service = await tx.manager.findOne(Service, { where });
  if (service === null) throw refused.notFound('service');
  const { variantId, addOnIds, locationId } = request;
  const [row] = await tx.query<ChoiceRow>(CHOICES, [service.id, variantId, addOnIds, locationId, moving]);
  if (row === undefined) throw new Error('a query without a table gives a row');
  const { variant, add_ons: addOns, locations } = row;
  if (!moving) demandOffered(request, row);
  const minutes = (variant?.durationMinutes ?? service.durationMinutes) + addOns.minutes;
  if (minutes > DURATION_MAX) {
    throw refused.badInput('With these add-ons it would take longer than a day.', { field: 'addOnIds' });
  }
  return {
    service,
    variant,
    extraMinutes: addOns.minutes,
    extraPriceMinor: addOns.price,
    limits: { limits: row.limits ?? [], organizationZone: row.zone ?? 'UTC' },
    location: locations.length === 1 ? (locations[0] ?? null) : null,
    needs: (row.needs ?? []).map(({ needed, things }) => ({
      things: things ?? [],
      // Without a number all are needed; what nobody can meet any more is met at no time.
      needed: needed ?? Math.max(1, things?.length ?? 0),
    })),
  };
}

function demandOffered({ variantId, addOnIds, locationId }: OfferRequest, row: ChoiceRow): void {
  if (variantId !== null && row.variant === null) throw refused.notFound('variant of this service');
  if (row.add_ons.found !== new Set(addOnIds).size) throw refused.notFound('add-on of this service');
  if (new Set(addOnIds).size < addOnIds.length) {
    throw refused.badInput('Each add-on can be chosen once.', { field: 'addOnIds' });
  }
  if (locationId !== null && row.locations.length === 0) throw refused.notFound('location of this service');
  if (locationId === null && row.locations.length > 1) {
    throw refused.badInput('Please choose where it should be: "locationId".', { field: 'locationId' });
  }
}
