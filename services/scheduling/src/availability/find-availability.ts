import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { isTimeZoneVisible } from '../bookings/time-zone-visible.ts';
import { inOrganization } from '../scheduling.ts';
import { readCount, readId, readInstant } from '../input.ts';
import type { AvailabilityInput } from '../schema-types.ts';
import type { Span } from './engine/intervals.ts';
import { offeredSlots } from './engine/offer.ts';
import { openZone, UnknownTimeZone, type Zone } from './engine/zone.ts';
import type { ProviderInZone } from '../providers/read-providers.ts';
import { openOffers, type OpenOffers } from './open-offers.ts';

const RANGE_DAYS_MAX = 31;
const SEATS_MAX = 500;
const ADD_ONS_MAX = 10;

/** A free time, with the zones to show it in. */
export interface FreeSlot {
  /** Who would be booked; one object for all of their slots, which are many. */
  readonly provider: ProviderInZone;
  readonly providerId: string;
  readonly startMinute: number;
  readonly durationMinutes: number;
  readonly remainingCapacity: number;
  readonly bookerZone: Zone;
  readonly providerZone: Zone;
}

export interface FoundAvailability {
  readonly slots: FreeSlot[];
  /** Providers whose connected calendar cannot be read, so that nothing is offered of them. */
  readonly unavailableCalendars: ProviderInZone[];
  readonly timeZoneVisible: boolean;
}

/** Free times of a service, as they are now. */
export async function findAvailability(
  context: SchedulingContext,
  input: AvailabilityInput,
): Promise<FoundAvailability> {
  const asked = {
    ...readWanted(input),
    range: readRange(input),
    booker: readZone(input.timeZone),
    clientId: knownClient(context),
    now: context.clock(),
  };
  return inOrganization(context, async (tx) => showOffers(await openOffers(tx, asked)));
}

/** What the engine answers, a slot per start and provider; of a collective service, one per start. */
export function showOffers({ service, question, offerings }: OpenOffers): FoundAvailability {
  const { locationKinds } = service;
  const { durationMinutes } = service.terms;
  const slots: FreeSlot[] = [];
  for (const offering of offerings) {
    const { provider, zone: providerZone } = offering;
    for (const { startMinute, remainingCapacity } of offeredSlots(offering, service.terms, question)) {
      const { booker: bookerZone } = question;
      slots.push({
        provider,
        providerId: provider.id,
        startMinute,
        durationMinutes,
        remainingCapacity,
        bookerZone,
        providerZone,
      });
    }
  }
  // Each provider's are in order already; a stable sort keeps providers in order within a start.
  slots.sort((a, b) => a.startMinute - b.startMinute);
  const collective = service.choice === 'COLLECTIVE';
  return {
    slots: collective
      ? slots.filter((slot, index) => slot.startMinute !== slots[index - 1]?.startMinute)
      : slots,
    unavailableCalendars: offerings
      .filter((offering) => offering.calendarFailing)
      .map(({ provider }) => provider),
    timeZoneVisible: (locationKinds.length === 0 ? [null] : locationKinds).some(isTimeZoneVisible),
  };
}

/** The client who asks for themselves: their own limits count. Nobody else is known yet. */
export function knownClient({ caller }: SchedulingContext): string | null {
  return caller.kind === 'CLIENT' ? caller.accountId : null;
}

interface WantedInput {
  serviceId: string;
  variantId?: string | null;
  addOnIds?: readonly string[] | null;
  locationId?: string | null;
  providerId?: string | null;
  seats?: number | null;
}

/** What is wanted of a service, checked for form. */
export function readWanted(input: WantedInput) {
  const addOnIds = input.addOnIds ?? [];
  if (addOnIds.length > ADD_ONS_MAX) {
    throw refused.badInput(`Please choose at most ${ADD_ONS_MAX} add-ons.`, { field: 'addOnIds' });
  }
  const optionalId = (value: string | null | undefined, field: string): string | null =>
    value == null ? null : readId(value, field);
  return {
    serviceId: readId(input.serviceId, 'serviceId'),
    variantId: optionalId(input.variantId, 'variantId'),
    addOnIds: addOnIds.map((id) => readId(id, 'addOnIds')),
    locationId: optionalId(input.locationId, 'locationId'),
    providerId: optionalId(input.providerId, 'providerId'),
    seats: readCount(input.seats ?? 1, { field: 'seats', min: 1, max: SEATS_MAX }),
  };
}

function readRange(input: AvailabilityInput): Span {
  const from = readInstant(input.from, 'from').getTime();
  const to = readInstant(input.to, 'to').getTime();
  if (to <= from) throw refused.badInput('"to" must be after "from".', { field: 'to' });
  if (to - from > RANGE_DAYS_MAX * 86_400_000) {
    throw refused.badInput(`Please ask for at most ${RANGE_DAYS_MAX} days at once.`, { field: 'to' });
  }
  return { start: Math.ceil(from / 60_000), end: Math.ceil(to / 60_000) };
}

/** A zone by its name, or a sentence about which names there are. */
export function readZone(timeZone: string): Zone {
  try {
    return openZone(timeZone);
  } catch (error) {
    if (!(error instanceof UnknownTimeZone)) throw error;
    throw refused.badInput('"timeZone" is not a time zone we know, such as Europe/London.', {
      field: 'timeZone',
    });
  }
}
