import { join } from 'node:path';
import { databaseMigrations, type DatabaseOptions } from '@kept/database';
import { throwAwayDatabase, type ThrowAwayDatabase } from '@kept/testing';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A service small enough to test this package with: a walled table, one that only grows, one without a wall. */
@Entity('note')
export class Note {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'organization_id' }) organizationId!: string;
  @Column('text') text!: string;
  @Column('bigint', { default: 1 }) pages!: string;
  @Column('date', { nullable: true }) day!: string | null;
  @Column('timestamptz', { name: 'written_at', default: () => 'now()' }) writtenAt!: Date;
}

export const notesMigrations = [
  databaseMigrations,
  { name: 'notes', directory: join(import.meta.dirname, 'notes-migrations') },
];

/** A throw-away database of that service. */
export function notesDatabase(
  open: Partial<DatabaseOptions> = {},
  service = 'notes',
): Promise<ThrowAwayDatabase> {
  return throwAwayDatabase({ service, migrations: notesMigrations, entities: [Note], open });
}
