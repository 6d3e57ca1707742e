import { inOrganization } from '../context.ts';
import { money } from '../money/minor-units.ts';
import type { Resolvers } from '../schema-types.ts';
import { exportStatement } from './export-statement.ts';
import { periodOf } from './months.ts';
import { readStatement } from './read-statement.ts';

export const statementResolvers: Resolvers = {
  Query: {
    statement: (_root, months, context) =>
      inOrganization(context, async (tx) => readStatement(tx, await periodOf(tx, months))),
  },
  Mutation: {
    exportStatement: async (_root, { input }, context) => {
      const result = await exportStatement(context, input);
      if (result.kind === 'CONFLICT') {
        return {
          __typename: 'IdempotencyConflict',
          message: 'This key was used for a different request.',
        } as const;
      }
      const { filename, content, rows, endCursor } = result;
      const contentType = 'text/csv; charset=utf-8; header=present';
      return { __typename: 'StatementExported', filename, contentType, content, rows, endCursor } as const;
    },
  },
  StatementTotal: {
    amount: ({ amountMinor, currency }) => money(BigInt(amountMinor), currency),
  },
  StatementAccount: {
    opening: ({ opening, currency }) => money(BigInt(opening), currency),
    debits: ({ debits, currency }) => money(BigInt(debits), currency),
    credits: ({ credits, currency }) => money(BigInt(credits), currency),
    closing: ({ opening, debits, credits, currency }) =>
      money(BigInt(opening) + BigInt(debits) - BigInt(credits), currency),
  },
};
