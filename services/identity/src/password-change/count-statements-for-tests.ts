import type { Identity } from '../identity.ts';

/** The same identity, whose statements are counted: what costs as many round trips tells nothing by its time. Used by tests only. */
export function countStatements(identity: Identity): { identity: Identity; statements: () => number } {
  let statements = 0;
  const { database } = identity;
  const counting: Identity['database'] = {
    ...database,
    transaction: (organizationId, work) =>
      database.transaction(organizationId, (tx) =>
        work({
          ...tx,
          query: <Row>(sql: string, parameters?: unknown[]) => {
            statements += 1;
            return tx.query<Row>(sql, parameters);
          },
        }),
      ),
  };
  return { identity: { ...identity, database: counting }, statements: () => statements };
}
