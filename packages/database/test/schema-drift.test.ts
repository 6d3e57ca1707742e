import { schemaDrift } from '@kept/database';
import type { ThrowAwayDatabase } from '@kept/testing';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { Note, notesDatabase } from './notes.ts';

@Entity('note')
class StrayNote {
  @PrimaryColumn('uuid') id!: string;
  @Column('uuid', { name: 'organization_id' }) organizationId!: string;
  @Column('int') text!: number; // the table says text
  @Column('text') colour!: string; // the table has no such column
  @Column('bigint') pages!: string;
  @Column('date') day!: string; // the table allows null
  @Column('timestamptz', { name: 'written_at' }) writtenAt!: Date;
}

let notes: ThrowAwayDatabase;
beforeAll(async () => {
  notes = await notesDatabase();
});
afterAll(() => notes.drop());

it('finds nothing where entities and migrations agree, whatever constraints and defaults the tables add', async () => {
  expect(await schemaDrift({ ownerUrl: notes.ownerUrl, entities: [Note] })).toEqual([]);
});

it('names each column by which they differ', async () => {
  const drift = (await schemaDrift({ ownerUrl: notes.ownerUrl, entities: [StrayNote] })).join('\n');
  expect(drift).toMatch(/ADD "colour" text/);
  expect(drift).toMatch(/"text" integer/);
  expect(drift).toMatch(/"day" SET NOT NULL/);
  expect(drift).not.toMatch(/pages|written_at|organization_id|CONSTRAINT|INDEX/);
});
