import { may, mayRead } from '@kept/access-policy';
import { invariant, refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { Resolvers } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { confirmWithPass } from './confirm-with-pass.ts';
import { grantPass } from './grant-pass.ts';
import { createPassProduct, listProducts, retirePassProduct } from './pass-product.ts';
import { passesOf } from './pass.ts';

/** Clients see their own; staff say whose. */
function readPasses(context: SchedulingContext, clientId: string | null | undefined) {
  const { caller } = context;
  const whose = readId(clientId ?? (caller.kind === 'CLIENT' ? (caller.accountId ?? '') : ''), 'clientId');
  if (!may(context.ability, 'book-for', 'Client', { id: whose })) throw refused.notFound('client');
  return inOrganization(context, (tx) => passesOf(tx, { clientId: whose, now: context.clock() }));
}

export const passResolvers: Resolvers = {
  Query: {
    passProducts: (_parent, _arguments, context) => inOrganization(context, (tx) => listProducts(tx)),
    passes: (_parent, { clientId }, context) => readPasses(context, clientId),
  },
  Mutation: {
    createPassProduct: (_parent, { input }, context) => createPassProduct(context, input),
    retirePassProduct: (_parent, { input }, context) => retirePassProduct(context, input),
    grantPass: (_parent, { input }, context) => grantPass(context, input),
    confirmWithPass: (_parent, { input }, context) => confirmWithPass(context, input),
  },
  PassProduct: {
    services: async (product, _arguments, { loaders }) => (await loaders.covered(product.id)) ?? [],
  },
  Pass: {
    product: async (pass, _arguments, { loaders }) => {
      const product = await loaders.passProduct(pass.productId);
      invariant(product, 'pass products are never deleted');
      return product;
    },
    client: (pass) => ({ __typename: 'Client', id: pass.clientId }),
    creditsLeft: (pass) => pass.credits - pass.used,
    redemptions: async (pass, _arguments, { loaders }) => (await loaders.redemptions(pass.id)) ?? [],
  },
  PassRedemption: {
    // A pass is good at every branch; who comes to another one is not for whoever is limited to this.
    booking: async (redemption, _arguments, { loaders, ability }) => {
      const booking = await loaders.booking(redemption.bookingId);
      return booking !== undefined && mayRead(ability, 'Booking', booking) ? booking : null;
    },
  },
};
