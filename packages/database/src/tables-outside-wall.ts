import type { Transaction } from './transaction.ts';

/** Tables that do not stand behind the tenant wall. A service's test compares the list with the few it means. */
export async function tablesOutsideWall(tx: Transaction): Promise<string[]> {
  const rows = await tx.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT (c.relrowsecurity AND c.relforcerowsecurity
         AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant_wall')
         AND (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive) = 1)
     ORDER BY name`,
  );
  return rows.map(({ name }) => name);
}
