import { inOrganization } from '../context.ts';
import { money } from '../money/minor-units.ts';
import type { Resolvers } from '../schema-types.ts';
import { readLedger } from './read-ledger.ts';

const PAGE = 20;

export const ledgerResolvers: Resolvers = {
  Query: {
    ledger: (_root, { first, after }, context) =>
      inOrganization(context, (tx) => readLedger(tx, { first: first ?? PAGE, after: after ?? null })),
  },
  LedgerTransaction: {
    payment: async ({ paymentId }, _arguments, { loaders }) =>
      paymentId === null ? null : ((await loaders.payment(paymentId)) ?? null),
    entries: ({ entries }) =>
      entries.map(({ account, amountMinor, currency }) => ({
        account,
        amount: money(BigInt(amountMinor), currency),
      })),
  },
};
