import { may, mayRead } from '@kept/access-policy';
import { invariant, refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { Resolvers } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { beginPassPurchase } from './begin-pass-purchase.ts';
import { confirmWithPass } from './confirm-with-pass.ts';
import { grantPass } from './grant-pass.ts';
import { createPassProduct, listProducts, retirePassProduct } from './pass-product.ts';
import { passQuote } from './pass-quote.ts';
import { findPurchase, statusAt } from './pass-purchase.ts';
import { passesOf } from './pass.ts';

/** Clients see their own; staff say whose. */
function readPasses(context: SchedulingContext, clientId: string | null | undefined) {
  const { caller } = context;
  const whose = readId(clientId ?? (caller.kind === 'CLIENT' ? (caller.accountId ?? '') : ''), 'clientId');
  if (!may(context.ability, 'book-for', 'Client', { id: whose })) throw refused.notFound('client');
  return inOrganization(context, (tx) => passesOf(tx, { clientId: whose, now: context.clock() }));
}

/** Whoever bought it; for anybody else there is none. */
async function readPurchase(context: SchedulingContext, id: string) {
  const purchaseId = readId(id, 'id');
  const purchase = await inOrganization(context, (tx) => findPurchase(tx, purchaseId));
  return purchase !== null && mayRead(context.ability, 'PassPurchase', purchase) ? purchase : null;
}

export const passResolvers: Resolvers = {
  Query: {
    passProducts: (_parent, _arguments, context) => inOrganization(context, (tx) => listProducts(tx)),
    passes: (_parent, { clientId }, context) => readPasses(context, clientId),
    passPurchase: (_parent, { id }, context) => readPurchase(context, id),
  },
  Mutation: {
    createPassProduct: (_parent, { input }, context) => createPassProduct(context, input),
    retirePassProduct: (_parent, { input }, context) => retirePassProduct(context, input),
    grantPass: (_parent, { input }, context) => grantPass(context, input),
    beginPassPurchase: (_parent, { input }, context) => beginPassPurchase(context, input),
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
    creditsLeft: (pass) => (pass.revokedAt === null ? pass.credits - pass.used : 0),
    redemptions: async (pass, _arguments, { loaders }) => (await loaders.redemptions(pass.id)) ?? [],
  },
  PassPurchase: {
    product: async (purchase, _arguments, { loaders }) => {
      const product = await loaders.passProduct(purchase.productId);
      invariant(product, 'pass products are never deleted');
      return product;
    },
    client: ({ clientId }) => ({ __typename: 'Client', id: clientId }),
    price: ({ priceMinor, currency }) => ({ amountMinor: priceMinor, currency }),
    status: (purchase, _arguments, { clock }) => statusAt(purchase, clock()),
    quote: (purchase, _arguments, { clock, scheduling }) =>
      statusAt(purchase, clock()) === 'OPEN' ? passQuote(purchase, scheduling.signingKey) : null,
    pass: async ({ id }, _arguments, { loaders }) => (await loaders.passOfPurchase(id)) ?? null,
  },
  PassRedemption: {
    // A pass is good at every branch; who comes to another one is not for whoever is limited to this.
    booking: async (redemption, _arguments, { loaders, ability }) => {
      const booking = await loaders.booking(redemption.bookingId);
      return booking !== undefined && mayRead(ability, 'Booking', booking) ? booking : null;
    },
  },
};
