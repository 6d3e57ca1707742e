import type { SchedulingContext } from '../context.ts';
import type { UpdateServiceInput } from '../schema-types.ts';
import { changeService } from './change-service.ts';
import { demandEnoughProviders, setLocations, setProviders } from './offer-service.ts';
import { demandSound, readIds, readServiceTerms } from './read-service-terms.ts';
import { Service } from './service.ts';

/** Changes a service. Bookings that exist keep the terms they were made under; sessions ahead get its seats. */
export function updateService(context: SchedulingContext, input: UpdateServiceInput) {
  const { serviceId: _id, expectedVersion: _version, idempotencyKey: _key, ...given } = input;
  const terms = readServiceTerms(given);
  const ids = (field: 'providerIds' | 'locationIds', countMax: number): string[] | null =>
    input[field] == null ? null : readIds(input[field], { field, countMax });
  const providerIds = ids('providerIds', 200);
  const locationIds = ids('locationIds', 50);
  return changeService(context, {
    operation: 'updateService',
    action: 'service_updated',
    input,
    request: { terms, providerIds, locationIds },
    apply: async (tx, service) => {
      demandSound({ ...service, ...terms });
      if (Object.keys(terms).length > 0) await tx.manager.update(Service, { id: service.id }, terms);
      if (providerIds !== null) await setProviders(tx, service.id, providerIds);
      if (locationIds !== null) await setLocations(tx, service.id, locationIds);
      await demandEnoughProviders(tx, service.id, { ...service, ...terms });
      if (terms.capacity === undefined) return;
      await tx.query(
        `UPDATE group_session SET capacity = GREATEST($2, seats_taken) WHERE service_id = $1 AND starts_at > $3`,
        [service.id, terms.capacity, context.clock()],
      );
    },
  });
}
