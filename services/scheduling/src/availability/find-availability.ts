import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId, readInstant } from '../input.ts';
import type { AvailabilityInput } from '../schema-types.ts';
import { Service } from '../services/service.ts';
import type { Span } from './engine/intervals.ts';
import { offeredStarts, rangeToRead } from './engine/offer.ts';
import { openZone, UnknownTimeZone, type Zone } from './engine/zone.ts';
import { readCalendars, readWorkingTimes } from './read-calendars.ts';

const RANGE_DAYS_MAX = 31;
// Buffers reach further than the range itself: 8 hours is the longest there can be.
const BUFFER_REACH = 480;

/** A free time, with the zones to show it in. */
export interface FreeSlot {
  readonly providerId: string;
  readonly startMinute: number;
  readonly durationMinutes: number;
  readonly bookerZone: Zone;
  readonly providerZone: Zone;
}

/** Free times of a service. Three queries, whatever the range and however many providers. */
export async function findAvailability(
  context: SchedulingContext,
  input: AvailabilityInput,
): Promise<FreeSlot[]> {
  const range = readRange(input);
  const serviceId = readId(input.serviceId, 'serviceId');
  const providerId = input.providerId == null ? null : readId(input.providerId, 'providerId');
  const booker = readZone(input.timeZone);
  const now = context.clock();
  return inOrganization(context, async (tx) => {
    const service = await tx.manager.findOne(Service, { where: { id: serviceId, active: true } });
    if (service === null) throw refused.notFound('service');
    const times = await readWorkingTimes(tx, { serviceId, providerId, range });
    if (times.length === 0 && providerId !== null) throw refused.notFound('provider of this service');
    const reading = rangeToRead(range, service.slotIntervalMinutes);
    const calendars = await readCalendars(tx, times, {
      range: { start: reading.start - BUFFER_REACH, end: reading.end + BUFFER_REACH },
      now,
    });
    const asked = { range, nowMinute: now.getTime() / 60_000, booker };
    const slots = calendars.flatMap((calendar) =>
      offeredStarts(calendar, service, asked).map((startMinute) => ({
        providerId: calendar.providerId,
        startMinute,
        durationMinutes: service.durationMinutes,
        bookerZone: booker,
        providerZone: calendar.zone,
      })),
    );
    // Each provider's are in order already; a stable sort keeps providers in order within a start.
    return slots.sort((a, b) => a.startMinute - b.startMinute);
  });
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

function readZone(timeZone: string): Zone {
  try {
    return openZone(timeZone);
  } catch (error) {
    if (!(error instanceof UnknownTimeZone)) throw error;
    throw refused.badInput('"timeZone" is not a time zone we know, such as Europe/London.', {
      field: 'timeZone',
    });
  }
}
