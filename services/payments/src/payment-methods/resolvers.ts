import { invariant } from '@kept/subgraph-kit';
import { askingAccount, inOrganization } from '../context.ts';
import type { Resolvers } from '../schema-types.ts';
import { addPaymentMethod } from './add-payment-method.ts';
import { PaymentMethod } from './payment-method.ts';
import { removePaymentMethod } from './remove-payment-method.ts';

const LISTED_MAX = 20;
// One sentence for every reason, or this would be a place to test stolen cards.
const REFUSED = 'This payment method cannot be used. Please try another one.';
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
    addPaymentMethod: async (_root, { input }, context) => {
      const result = await addPaymentMethod(context, input);
      if (result === 'CONFLICT') return CONFLICT;
      if (result === 'REFUSED') return { __typename: 'PaymentMethodRefused', message: REFUSED };
      return { __typename: 'PaymentMethodAdded', paymentMethod: result };
    },
    removePaymentMethod: async (_root, { input }, context) => {
      const result = await removePaymentMethod(context, input);
      if (result === 'CONFLICT') return CONFLICT;
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
};
