import { inOrganization } from '../context.ts';
import { toNumber } from '../money/minor-units.ts';
import type { Resolvers } from '../schema-types.ts';
import { readPolicy } from './payment-policy.ts';
import { setPaymentPolicy } from './set-payment-policy.ts';

const orNull = (amount: bigint | null): number | null => (amount === null ? null : toNumber(amount));

export const policyResolvers: Resolvers = {
  Query: {
    paymentPolicy: (_root, _arguments, context) => inOrganization(context, (tx) => readPolicy(tx)),
  },
  Mutation: {
    setPaymentPolicy: async (_root, { input }, context) => {
      const policy = await setPaymentPolicy(context, input);
      return policy === 'CONFLICT'
        ? { __typename: 'IdempotencyConflict', message: 'This key was used for a different request.' }
        : { __typename: 'PaymentPolicySet', policy };
    },
  },
  PaymentPolicy: {
    frontDeskRefundMaxMinor: ({ frontDeskRefundMaxMinor }) => orNull(frontDeskRefundMaxMinor),
    secondApprovalAboveMinor: ({ secondApprovalAboveMinor }) => orNull(secondApprovalAboveMinor),
  },
};
