import { may } from '@kept/access-policy';
import { In } from 'typeorm';
import { invariant, refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { Resolvers } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { Service } from '../services/service.ts';
import { confirmWithPass } from './confirm-with-pass.ts';
import { grantPass } from './grant-pass.ts';
import { createPassProduct, findProduct, listProducts, retirePassProduct } from './pass-product.ts';
import { passesOf, type Redemption } from './pass.ts';

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
    services: (product, _arguments, context) =>
      inOrganization(context, async (tx) => {
        const covered = await tx.query<{ id: string }>(
          'SELECT service_id AS id FROM pass_product_service WHERE product_id = $1',
          [product.id],
        );
        return tx.manager.find(Service, {
          where: { id: In(covered.map(({ id }) => id)) },
          order: { name: 'ASC' },
        });
      }),
  },
  Pass: {
    product: (pass, _arguments, context) =>
      inOrganization(context, async (tx) => {
        const product = await findProduct(tx, pass.productId);
        invariant(product, 'pass products are never deleted');
        return product;
      }),
    client: (pass) => ({ __typename: 'Client', id: pass.clientId }),
    creditsLeft: (pass) => pass.credits - pass.used,
    redemptions: (pass, _arguments, context) =>
      inOrganization(context, (tx) =>
        tx.query<Redemption>(
          `SELECT booking_id AS "bookingId", redeemed_at AS "redeemedAt", returned_at AS "returnedAt"
           FROM pass_redemption WHERE pass_id = $1 ORDER BY redeemed_at, booking_id LIMIT 1000`,
          [pass.id],
        ),
      ),
  },
  PassRedemption: {
    booking: async (redemption, _arguments, { loaders }) =>
      (await loaders.booking(redemption.bookingId)) ?? null,
  },
};
