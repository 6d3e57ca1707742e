import { money } from '../money/minor-units.ts';
import type { Resolvers } from '../schema-types.ts';

export const receiptResolvers: Resolvers = {
  Payment: {
    lines: ({ id }, _arguments, { loaders }) => loaders.linesOfPayment(id),
  },
  PaymentLine: {
    amount: ({ amountMinor, currency }) => money(BigInt(amountMinor), currency),
  },
};
