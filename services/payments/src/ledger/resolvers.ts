import { inOrganization } from '../context.ts';
import { money } from '../money/minor-units.ts';
import { Payment } from '../payments/payment.ts';
import type { Resolvers } from '../schema-types.ts';
import { readLedger } from './read-ledger.ts';

const PAGE = 20;

export const ledgerResolvers: Resolvers = {
  Query: {
    ledger: (_root, { first, after }, context) =>
      inOrganization(context, (tx) => readLedger(tx, { first: first ?? PAGE, after: after ?? null })),
  },
  LedgerTransaction: {
    payment: ({ paymentId }, _arguments, context) =>
      paymentId === null
        ? null
        : inOrganization(context, (tx) => tx.manager.findOneBy(Payment, { id: paymentId })),
    entries: ({ entries }) =>
      entries.map(({ account, amountMinor, currency }) => ({
        account,
        amount: money(BigInt(amountMinor), currency),
      })),
  },
};
