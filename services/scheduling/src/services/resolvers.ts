import { inOrganization } from '../scheduling.ts';
import type { SchedulingContext } from '../context.ts';
import type { Fee, Money, Resolvers } from '../schema-types.ts';
import { addServiceAddOn } from './add-service-add-on.ts';
import { addServiceVariant } from './add-service-variant.ts';
import { archiveServiceChoice } from './archive-service-choice.ts';
import { archiveService } from './archive-service.ts';
import { createService } from './create-service.ts';
import type { ServiceChoices } from './read-choices.ts';
import { Service } from './service.ts';
import { updateService } from './update-service.ts';

const SERVICES_MAX = 500;

const choicesOf = async (service: Service, { loaders }: SchedulingContext): Promise<ServiceChoices> =>
  (await loaders.choices(service.id)) ?? { variants: [], addOns: [], locations: [], requirements: [] };

const feeOf = (service: Service, percent: number | null, amountMinor: number | null): Fee | null =>
  percent === null && amountMinor === null ? null : { percent, amount: moneyOf(service, amountMinor) };

function moneyOf(service: Service, amountMinor: number): Money;
function moneyOf(service: Service, amountMinor: number | null): Money | null;
function moneyOf({ currency }: Service, amountMinor: number | null): Money | null {
  return amountMinor === null ? null : { amountMinor, currency };
}

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
    updateService: (_parent, { input }, context) => updateService(context, input),
    archiveService: (_parent, { input }, context) => archiveService(context, input),
    addServiceVariant: (_parent, { input }, context) => addServiceVariant(context, input),
    addServiceAddOn: (_parent, { input }, context) => addServiceAddOn(context, input),
    archiveServiceChoice: (_parent, { input }, context) => archiveServiceChoice(context, input),
  },
  Service: {
    price: (service) => moneyOf(service, service.priceMinor),
    deposit: (service) => moneyOf(service, service.depositMinor),
    noShowFee: (service) => feeOf(service, service.noShowFeePercent, service.noShowFeeMinor),
    lateCancellationFee: (service) =>
      feeOf(service, service.lateCancellationFeePercent, service.lateCancellationFeeMinor),
    variants: async (service, _arguments, context) =>
      (await choicesOf(service, context)).variants.map(({ priceMinor, depositMinor, ...variant }) => ({
        ...variant,
        price: moneyOf(service, priceMinor),
        deposit: moneyOf(service, depositMinor),
      })),
    addOns: async (service, _arguments, context) =>
      (await choicesOf(service, context)).addOns.map(({ extraPriceMinor, ...addOn }) => ({
        ...addOn,
        extraPrice: moneyOf(service, extraPriceMinor),
      })),
    locations: async (service, _arguments, context) => [...(await choicesOf(service, context)).locations],
    // Only where everybody comes to one place does nobody need to know of zones.
    timeZoneVisible: async (service, _arguments, context) => {
      const { locations } = await choicesOf(service, context);
      return locations.length === 0 || locations.some(({ timeZoneVisible }) => timeZoneVisible);
    },
    requirements: async (service, _arguments, context) => [
      ...(await choicesOf(service, context)).requirements,
    ],
  },
};
