import { randomUUID } from 'node:crypto';
import type { Database } from '@kept/database';

/** Inserts a new organization: each test works in its own, so tests never meet. */
export async function testOrganization(database: Database): Promise<string> {
  const id = randomUUID();
  await database.infrastructure('test organization', (tx) =>
    tx.query('INSERT INTO organization (id) VALUES ($1)', [id]),
  );
  return id;
}
