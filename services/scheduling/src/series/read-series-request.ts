import { may } from '@kept/access-policy';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { openZone } from '../availability/engine/zone.ts';
import { demandTheirPlace } from '../bookings/places.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount, readId, readInstant, readStart } from '../input.ts';
import type { OfferRequest } from '../offers/choose-offer.ts';
import { readProviders } from '../providers/read-providers.ts';
import type { PreviewSeriesInput } from '../schema-types.ts';
import { expandRecurrence } from './expand-recurrence.ts';
import { OCCURRENCES_MAX, readRecurrence, type Recurrence } from './recurrence.ts';

const ADD_ONS_MAX = 20;

/** A time that repeats, as it was asked for, checked for form. */
export interface SeriesRequest {
  readonly serviceId: string;
  readonly providerId: string;
  readonly clientId: string;
  readonly startsAt: Date;
  readonly rule: string;
  readonly recurrence: Recurrence;
  readonly except: readonly string[];
  readonly variantId: string | null;
  readonly addOnIds: readonly string[];
  readonly locationId: string | null;
}

/** Reads what was asked for; everything that can be refused without looking anything up is refused here. */
export function readSeriesRequest(context: SchedulingContext, input: PreviewSeriesInput): SeriesRequest {
  const { caller } = context;
  if (caller.kind === 'STAFF' && input.clientId == null) {
    throw refused.badInput('Please say for whom you book: "clientId".', { field: 'clientId' });
  }
  const exceptDates = input.exceptDates ?? [];
  readCount(exceptDates.length, { field: 'exceptDates', min: 0, max: OCCURRENCES_MAX });
  const addOnIds = input.addOnIds ?? [];
  readCount(addOnIds.length, { field: 'addOnIds', min: 0, max: ADD_ONS_MAX });
  return {
    serviceId: readId(input.serviceId, 'serviceId'),
    providerId: readId(input.providerId, 'providerId'),
    clientId: readId(input.clientId ?? caller.accountId ?? '', 'clientId'),
    startsAt: readStart(input.startsAt, 'startsAt'),
    rule: input.rule,
    recurrence: readRecurrence(input.rule),
    except: exceptDates.map(readDate),
    variantId: input.variantId == null ? null : readId(input.variantId, 'variantId'),
    addOnIds: addOnIds.map((id) => readId(id, 'addOnIds')),
    locationId: input.locationId == null ? null : readId(input.locationId, 'locationId'),
  };
}

function readDate(value: string): string {
  const midnight = new Date(`${value}T00:00:00Z`);
  // JavaScript makes 3 March of 31 February; what comes back must be what came.
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== value) {
    throw refused.badInput('"exceptDates" must be existing dates, such as 2027-03-01.', {
      field: 'exceptDates',
    });
  }
  readInstant(midnight, 'exceptDates');
  return value;
}

/** Where a series falls: its times on the provider's clock, for a client whom the caller may book for. */
export async function placeSeries(
  tx: Transaction,
  context: SchedulingContext,
  asked: SeriesRequest,
): Promise<{ timeZone: string; starts: Date[] }> {
  if (!may(context.ability, 'book-for', 'Client', { id: asked.clientId })) throw refused.forbidden();
  demandTheirPlace(context.caller, asked);
  if (context.caller.kind !== 'CLIENT') {
    const [known] = await tx.query('SELECT id FROM client WHERE id = $1', [asked.clientId]);
    if (known === undefined) throw refused.notFound('client');
  }
  const [provider] = await readProviders(tx, { ids: [asked.providerId] });
  if (provider === undefined) throw refused.notFound('provider');
  const zone = openZone(provider.timeZone);
  const first = { startMinute: asked.startsAt.getTime() / 60_000, zone, except: asked.except };
  const starts = expandRecurrence(asked.recurrence, first).map((minute) => new Date(minute * 60_000));
  return { timeZone: zone.name, starts };
}

/** What is asked of the arbiter for one time of a series. */
export function offerOf(
  asked: SeriesRequest,
  { startsAt, now }: { startsAt: Date; now: Date },
): OfferRequest {
  return {
    serviceId: asked.serviceId,
    variantId: asked.variantId,
    addOnIds: asked.addOnIds,
    locationId: asked.locationId,
    providerId: asked.providerId,
    startsAt,
    seats: 1,
    now,
    clientId: asked.clientId,
    movingBookingId: null,
    rules: 'CLIENT',
  };
}
