import type { Transaction } from '@kept/database';
import { readLimits, readLimitUse, type BookingLimit } from '../limits/find-limits.ts';
import { mergeSpans, type Span, type Spans } from './engine/intervals.ts';
import { usedUp, type PeriodUse } from './engine/periods.ts';
import { openZone, type Zone } from './engine/zone.ts';
import { instantOf, spansOf } from './read-calendars.ts';

/** The starts at which a limit per day, week or month leaves nothing to book with a provider. */
export type UsedUp = (provider: { readonly providerId: string; readonly zone: Zone }) => Spans;

const MONTH_MINUTES = 32 * 1440;

/** Two queries, whatever is asked; one when the service has no limits. */
export async function readUsedUp(
  tx: Transaction,
  wanted: {
    serviceId: string;
    providerIds: readonly string[];
    clientId: string | null;
    range: Span;
    now: Date;
  },
): Promise<UsedUp> {
  const { serviceId, clientId, range } = wanted;
  const { limits, organizationZone } = await readLimits(tx, serviceId);
  if (limits.length === 0) return () => [];
  const uses = await readLimitUse(tx, {
    subjectIds: [serviceId, ...wanted.providerIds, ...(clientId === null ? [] : [clientId])],
    // The month that the first day lies in began up to a month before it.
    from: dateOf(range.start - MONTH_MINUTES),
    to: dateOf(range.end + 1440),
    now: wanted.now,
  });
  const usesOf = (limit: BookingLimit, subjectId: string): PeriodUse[] =>
    uses
      .filter((use) => use.limitId === limit.id && use.subjectId === subjectId)
      .map(({ periodStart, used }) => ({
        period: limit.period,
        startDay: Date.parse(periodStart) / 86_400_000,
        used,
        max: limit.bookingsMax,
      }));
  const home = openZone(organizationZone);
  const forAll = limits.flatMap((limit) => {
    if (limit.scope === 'PROVIDER') return [];
    const subjectId = limit.scope === 'SERVICE' ? serviceId : clientId;
    return subjectId === null ? [] : spansOf(usedUp(home, usesOf(limit, subjectId)));
  });
  return ({ providerId, zone }) => {
    const own = limits.filter(
      (limit) => limit.scope === 'PROVIDER' && (limit.providerId === null || limit.providerId === providerId),
    );
    return mergeSpans([
      ...forAll,
      ...own.flatMap((limit) => spansOf(usedUp(zone, usesOf(limit, providerId)))),
    ]);
  };
}

const dateOf = (epochMinute: number): string => instantOf(epochMinute).toISOString().slice(0, 10);
