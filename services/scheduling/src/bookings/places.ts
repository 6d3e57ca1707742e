import type { Conditions } from '@kept/access-policy';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';

type Placed = Pick<Caller, 'locations' | 'accountId'>;

/**
 * Which bookings somebody reaches at the most whose roles are limited to places: those of the places, and their own, wherever
 * they are booked. What is of no place is reached by whoever is not limited.
 */
export const ofTheirPlaces = ({ locations, accountId }: Placed): Conditions | undefined =>
  locations === null ? undefined : { $or: [{ locationId: { $in: locations } }, { providerId: accountId }] };

/** The same for one booking that was read. */
export const isOfTheirPlaces = (
  { locations, accountId }: Placed,
  booking: { readonly locationId: string | null; readonly providerId: string },
): boolean =>
  locations === null ||
  booking.providerId === accountId ||
  (booking.locationId !== null && locations.includes(booking.locationId));

/** Refuses to book elsewhere than in the places somebody's roles are limited to, as if there were no such place. */
export function demandTheirPlace(
  caller: Placed,
  wanted: { readonly locationId: string | null; readonly providerId: string | null },
): void {
  const { locationId, providerId } = wanted;
  if (!isOfTheirPlaces(caller, { locationId, providerId: providerId ?? '' }))
    throw refused.notFound('location');
}
