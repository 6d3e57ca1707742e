import { In } from 'typeorm';
import type { Caller } from '@kept/passport';
import { openBatchLoader } from '@kept/subgraph-kit';
import { readAttendees, type Attendee } from './attendees/read-attendees.ts';
import { Booking } from './bookings/booking.ts';
import { openBookingTexts, type BookingTexts } from './bookings/booking-texts.ts';
import { productsById, servicesCovered, type PassProduct } from './passes/pass-product.ts';
import { passesOfPurchases, redemptionsOf, type Pass, type Redemption } from './passes/pass.ts';
import { inOrganization, type Scheduling } from './scheduling.ts';
import { readProviders, type ProviderInZone } from './providers/read-providers.ts';
import { readChoices, type ServiceChoices } from './services/read-choices.ts';
import { seriesOfBookings, type Series } from './series/series.ts';
import { Service } from './services/service.ts';

/** What one request reads of many rows at once. */
export interface Loaders {
  booking(id: string): Promise<Booking | undefined>;
  service(id: string): Promise<Service | undefined>;
  provider(id: string): Promise<ProviderInZone | undefined>;
  /** What can be chosen of a service. */
  choices(serviceId: string): Promise<ServiceChoices | undefined>;
  /** Decrypted notes and reasons; null where a person's keys are gone. */
  texts(booking: Booking): Promise<BookingTexts | undefined>;
  passProduct(id: string): Promise<PassProduct | undefined>;
  /** The series that a booking was booked with. */
  seriesOf(bookingId: string): Promise<Series | undefined>;
  /** Who comes to a booking. */
  attendees(bookingId: string): Promise<Attendee[] | undefined>;
  /** The services that a pass product covers. */
  covered(productId: string): Promise<Service[] | undefined>;
  /** The pass that came of a purchase. */
  passOfPurchase(purchaseId: string): Promise<Pass | undefined>;
  /** What a pass was used for. */
  redemptions(passId: string): Promise<Redemption[] | undefined>;
}

export function openLoaders(scheduling: Scheduling, caller: Caller): Loaders {
  const context = { scheduling, caller };
  return {
    booking: openBatchLoader(String, (ids: string[]) =>
      inOrganization(context, async (tx) => {
        const bookings = await tx.manager.find(Booking, { where: { id: In(ids) } });
        return new Map(bookings.map((booking) => [booking.id, booking]));
      }),
    ),
    service: openBatchLoader(String, (ids: string[]) =>
      inOrganization(context, async (tx) => {
        const services = await tx.manager.find(Service, { where: { id: In(ids) } });
        return new Map(services.map((service) => [service.id, service]));
      }),
    ),
    provider: openBatchLoader(String, (ids: string[]) =>
      inOrganization(context, async (tx) => {
        const providers = await readProviders(tx, { ids });
        return new Map(providers.map((provider) => [provider.id, provider]));
      }),
    ),
    choices: openBatchLoader(String, (ids: string[]) =>
      inOrganization(context, (tx) => readChoices(tx, ids)),
    ),
    texts: openBatchLoader(
      (booking: Booking) => booking.id,
      (bookings: Booking[]) =>
        inOrganization(context, (tx) => openBookingTexts(tx, scheduling.keyring, bookings)),
    ),
    attendees: openBatchLoader(String, (ids: string[]) =>
      inOrganization(context, (tx) => readAttendees(tx, scheduling.keyring, ids)),
    ),
    seriesOf: openBatchLoader(String, (ids: string[]) =>
      inOrganization(context, (tx) => seriesOfBookings(tx, ids)),
    ),
    passProduct: openBatchLoader(String, (ids: string[]) =>
      inOrganization(context, (tx) => productsById(tx, ids)),
    ),
    covered: openBatchLoader(String, (ids: string[]) =>
      inOrganization(context, (tx) => servicesCovered(tx, ids)),
    ),
    passOfPurchase: openBatchLoader(String, (ids: string[]) =>
      inOrganization(context, (tx) => passesOfPurchases(tx, ids)),
    ),
    redemptions: openBatchLoader(String, (ids: string[]) =>
      inOrganization(context, (tx) => redemptionsOf(tx, ids)),
    ),
  };
}
