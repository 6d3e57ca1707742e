import { may } from '@kept/access-policy';
import { invariant, refused } from '@kept/subgraph-kit';
import { askingAccount, inOrganization, type PaymentsContext } from '../context.ts';
import { ifUuid } from '../if-uuid.ts';
import type { Resolvers } from '../schema-types.ts';
import { addPaymentMethod } from './add-payment-method.ts';
import { lookAtCollection } from './look-at-collection.ts';
import { mandateResolvers } from './mandate-resolvers.ts';
import { PaymentMethodCollection } from './payment-method-collection.ts';
import { PaymentMethod } from './payment-method.ts';
import { removePaymentMethod } from './remove-payment-method.ts';
import { replacePaymentMethod } from './replace-payment-method.ts';
import { startCollection } from './start-collection.ts';

const LISTED_MAX = 20;
// One sentence for every reason, or this would be a place to test stolen cards.
const REFUSED = 'This payment method cannot be used. Please try another one.';
const IN_USE =
  'This card stands for an appointment to come. Replace it by another card, or cancel the appointment first.';
const CONFLICT = {
  __typename: 'IdempotencyConflict',
  message: 'This key was used for a different request.',
} as const;

/** A method that somebody may see was attached, so the processor has described it. */
function described<Value>(value: Value | null): Value {
  invariant(value !== null, 'only payment methods that were attached are shown');
  return value;
}

export const paymentMethodResolvers: Resolvers = {
  Query: {
    ...mandateResolvers.Query,
    paymentMethods: (_root, _arguments, context) =>
      inOrganization(context, (tx) =>
        tx.manager.find(PaymentMethod, {
          where: { clientId: askingAccount(context).accountId, status: 'ACTIVE' },
          order: { createdAt: 'DESC', id: 'ASC' },
          take: LISTED_MAX,
        }),
      ),
  },
  Mutation: {
    ...mandateResolvers.Mutation,
    addPaymentMethod: async (_root, { input }, context) => {
      const result = await addPaymentMethod(context, input);
      if (result === 'CONFLICT') return CONFLICT;
      if (result === 'REFUSED') return { __typename: 'PaymentMethodRefused', message: REFUSED };
      return { __typename: 'PaymentMethodAdded', paymentMethod: result };
    },
    startPaymentMethodCollection: async (_root, { input }, context) => {
      const result = await startCollection(context, input);
      if (result === 'CONFLICT') return CONFLICT;
      if (result === 'REFUSED') return { __typename: 'PaymentMethodRefused', message: REFUSED };
      return { __typename: 'PaymentMethodCollectionStarted', ...result };
    },
    finishPaymentMethodCollection: async (_root, { input: { collectionId: id } }, context) => {
      const found = await ownCollection(context, id);
      if (found === null) throw refused.notFound('visit');
      const { organizationId } = found;
      if (!(await lookAtCollection(context.payments, { organizationId, collectionId: found.id }))) {
        throw refused.unavailable('The payment provider does not answer. Please ask again in a moment.');
      }
      return ownCollection(context, id);
    },
    replacePaymentMethod: async (_root, { input }, context) => {
      const result = await replacePaymentMethod(context, input);
      return result === 'CONFLICT'
        ? CONFLICT
        : { __typename: 'PaymentMethodReplaced', paymentMethod: result };
    },
    removePaymentMethod: async (_root, { input }, context) => {
      const result = await removePaymentMethod(context, input);
      if (result === 'CONFLICT') return CONFLICT;
      if (result === 'IN_USE') return { __typename: 'PaymentMethodInUse', message: IN_USE };
      return { __typename: 'PaymentMethodRemoved', paymentMethodId: input.paymentMethodId };
    },
  },
  PaymentMethod: {
    brand: ({ brand }) => described(brand),
    last4: ({ last4 }) => described(last4),
    expiryMonth: ({ expiryMonth }) => described(expiryMonth),
    expiryYear: ({ expiryYear }) => described(expiryYear),
    status: (method, _arguments, { clock }) => {
      if (method.status === 'RETIRING') return 'DELETED';
      return method.status === 'ACTIVE' && method.isExpired(clock()) ? 'EXPIRED' : method.status;
    },
  },
  PaymentMethodCollection: {
    paymentMethod: async ({ paymentMethodId }, _arguments, { loaders }) =>
      paymentMethodId === null ? null : ((await loaders.method(paymentMethodId)) ?? null),
  },
};

/** The caller's own visit; somebody else's does not exist. */
async function ownCollection(context: PaymentsContext, id: string): Promise<PaymentMethodCollection | null> {
  const found = await ifUuid(id, () =>
    inOrganization(context, (tx) => tx.manager.findOneBy(PaymentMethodCollection, { id })),
  );
  return found !== null && may(context.ability, 'finish', 'PaymentMethodCollection', found) ? found : null;
}
