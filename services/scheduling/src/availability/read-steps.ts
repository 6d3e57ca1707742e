import type { Transaction } from '@kept/database';
import type { Offering, OfferTerms } from './engine/offer.ts';
import { gridOf } from './engine/slots.ts';
import { readZone } from './find-availability.ts';
import { openOffers } from './open-offers.ts';
import type { Zone } from './engine/zone.ts';
import type { WantedService } from './read-offered-service.ts';

/** What decides, beside hours and notice, whether a start is one that was offered to a person. */
export interface Steps {
  /** The clock that the start was offered on; null when nobody said. */
  readonly booker: Zone | null;
  /** What a provider's steps are counted from; nothing where every minute of the grid is a step. */
  offeringOf(providerId: string): Offering | undefined;
}

/**
 * Reads it for one start. Nothing is read for the intervals that nearly every service has (5, 10, 15, 20, 30 or 60
 * minutes), which are their own grid; for others, what availability would read for this start.
 */
export async function readSteps(
  tx: Transaction,
  asked: WantedService & {
    readonly providerId: string | null;
    readonly timeZone?: string | null;
    readonly startsAt: Date;
    /** A booking that moves keeps its own length, also one that is no longer offered: any minute of the grid will do. */
    readonly movingBookingId: string | null;
    readonly seats: number;
    readonly now: Date;
  },
  { slotIntervalMinutes }: Pick<OfferTerms, 'slotIntervalMinutes'>,
): Promise<Steps> {
  const booker = asked.timeZone == null ? null : readZone(asked.timeZone);
  const isOwnGrid = gridOf(slotIntervalMinutes) === slotIntervalMinutes;
  if (booker === null || isOwnGrid || asked.movingBookingId !== null) {
    return { booker, offeringOf: () => undefined };
  }
  const start = asked.startsAt.getTime() / 60_000;
  const range = { start, end: start + 1 };
  const { offerings } = await openOffers(tx, { ...asked, range, booker, clientId: null });
  return { booker, offeringOf: (id) => offerings.find(({ providerId }) => providerId === id) };
}
