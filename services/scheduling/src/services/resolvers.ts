import { inOrganization } from '../scheduling.ts';
import type { Resolvers } from '../schema-types.ts';
import { createService } from './create-service.ts';
import { Service } from './service.ts';

const SERVICES_MAX = 500;

export const serviceResolvers: Resolvers = {
  Query: {
    services: (_parent, _arguments, context) =>
      inOrganization(context, (tx) =>
        tx.manager.find(Service, {
          where: { active: true },
          order: { name: 'ASC', id: 'ASC' },
          take: SERVICES_MAX,
        }),
      ),
  },
  Mutation: {
    createService: (_parent, { input }, context) => createService(context, input),
  },
  Service: {
    price: (service) => ({ amountMinor: service.priceMinor, currency: service.currency }),
    deposit: (service) =>
      service.depositMinor === null
        ? null
        : { amountMinor: service.depositMinor, currency: service.currency },
  },
};
