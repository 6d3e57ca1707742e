import { DataSource } from 'typeorm';
import type { Entities } from './open-database.ts';

// Migrations are the truth; entities only map columns. What the tables have beyond that (constraints, indexes, defaults,
// comments) is none of the entities' business, so TypeORM's wish to drop it is not drift.
const BEYOND_ENTITIES = /\b(DROP CONSTRAINT|DROP INDEX|DROP DEFAULT)\b|^COMMENT ON/i;

/** The SQL by which tables and entities differ: tables, columns, types, nullability. Empty means they fit. */
export async function schemaDrift(options: { ownerUrl: string; entities: Entities }): Promise<string[]> {
  const dataSource = await new DataSource({
    type: 'postgres',
    url: options.ownerUrl,
    entities: [...options.entities],
    installExtensions: false,
    poolSize: 1,
  }).initialize();
  try {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    return upQueries.map(({ query }) => query).filter((query) => !BEYOND_ENTITIES.test(query));
  } finally {
    await dataSource.destroy();
  }
}
