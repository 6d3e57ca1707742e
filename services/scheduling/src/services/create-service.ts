import { randomUUID } from 'node:crypto';
import { onceByKey } from '@kept/database';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import type { CreateServiceInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { currencyOf } from './currency-of.ts';
import { demandManaging } from './offer.policy.ts';
import { demandEnoughProviders, setLocations, setProviders } from './offer-service.ts';
import { demandSound, readIds, readServiceTerms, type ServiceTerms } from './read-service-terms.ts';
import { Service } from './service.ts';

const PROVIDERS_MAX = 200;
const LOCATIONS_MAX = 50;

/** Offers a new service, in the organization's currency, by the providers named. */
export function createService(context: SchedulingContext, input: CreateServiceInput) {
  const asked = readRequest(input);
  const { caller } = context;
  return settle<{ __typename: 'ServiceCreated'; service: Service }, never>(() =>
    inOrganization(context, async (tx) => {
      demandManaging(context, 'Service');
      const request = {
        actor: caller.accountId ?? '',
        operation: 'createService',
        key: input.idempotencyKey,
      };
      const { serviceId } = await onceByKey(tx, { ...request, request: asked }, async () => {
        const now = context.clock();
        const { providerIds, locationIds, ...terms } = asked;
        const service = { ...terms, id: randomUUID(), organizationId: caller.organizationId ?? '' };
        const currency = await currencyOf(tx);
        await tx.manager.insert(Service, { ...service, currency, version: 1, active: true, createdAt: now });
        await setProviders(tx, service.id, providerIds);
        await setLocations(tx, service.id, locationIds);
        await demandEnoughProviders(tx, service.id, terms);
        await recordChange(tx, {
          actor: caller,
          action: 'service_created',
          subject: { type: 'Service', id: service.id },
          at: now,
        });
        return { serviceId: service.id };
      });
      const service = await tx.manager.findOneOrFail(Service, { where: { id: serviceId } });
      return { __typename: 'ServiceCreated', service };
    }),
  );
}

function readRequest(
  input: CreateServiceInput,
): ServiceTerms & { providerIds: string[]; locationIds: string[] } {
  const { idempotencyKey: _key, providerIds, locationIds, ...given } = input;
  const none = {
    description: '',
    depositMinor: null,
    providersNeeded: null,
    noShowFeePercent: null,
    noShowFeeMinor: null,
    lateCancellationFeePercent: null,
    lateCancellationFeeMinor: null,
  };
  // The schema demands or fills in all that `none` leaves out.
  const terms = { ...none, ...readServiceTerms(given) } as ServiceTerms;
  demandSound(terms);
  return {
    ...terms,
    providerIds: readIds(providerIds, { field: 'providerIds', countMax: PROVIDERS_MAX }),
    locationIds: readIds(locationIds ?? [], { field: 'locationIds', countMax: LOCATIONS_MAX }),
  };
}
