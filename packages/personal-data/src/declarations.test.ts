import { databaseMigrations } from '@kept/database';
import { fieldEncryptionDeclarations, fieldEncryptionMigrations } from '@kept/field-encryption';
import { throwAwayDatabase } from '@kept/testing';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { assertEverythingDeclared } from './assert-everything-declared.ts';
import { collectDeclarations } from './collect-declarations.ts';
import { databaseDeclarations } from './database-declarations.ts';
import { declareTable, notPersonal, personal } from './declaration.ts';
import type { PersonalData } from './declaration.ts';
import { personalDataDeclarations } from './declarations.ts';
import { NotPersonal, Personal } from './decorators.ts';
import { IncompleteDeclarations } from './incomplete-declarations.ts';
import { inventory } from './inventory.ts';
import { hashOfManifest, manifestOf } from './manifest.ts';
import { personalDataMigrations } from './migrations.ts';
import { retentionRule } from './retention-rule.ts';
import { PURPOSES_OF_DATA } from './vocabulary/purposes.ts';
import { iriOf } from './vocabulary/vocabulary.ts';

const rule = retentionRule({
  name: 'old guests',
  clock: 'left_at',
  period: 'P24M',
  then: 'delete_row',
  reason: 'Nobody asks after two years',
});
const about = {
  subject: 'id',
  category: 'pd:EmailAddress',
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-b',
  reason: 'To send the confirmation',
  retention: rule,
  erase: 'shred',
  export: 'client',
} as const;

abstract class Row {
  @PrimaryColumn('uuid')
  @NotPersonal('Random reference')
  id!: string;

  @Column('uuid', { name: 'organization_id' })
  @NotPersonal('The business')
  organizationId!: string;
}

@Entity('guest')
class Guest extends Row {
  @Column('bytea', { name: 'e_mail', nullable: true })
  @Personal({ ...about, fieldClass: 'contact' })
  email!: Buffer | null;

  @Column('timestamptz', { name: 'left_at', nullable: true })
  @NotPersonal('When the visit ended')
  leftAt!: Date | null;
}

@Entity('careless')
class Careless extends Row {
  @Column('text')
  nickname!: string;

  @NotPersonal('There is no such column')
  imagined!: string;
}

const guestTable = (changes: string) =>
  `CREATE TABLE guest (id uuid PRIMARY KEY, organization_id uuid NOT NULL, e_mail bytea, left_at timestamptz ${changes})`;

const packages = [...databaseDeclarations, ...fieldEncryptionDeclarations, ...personalDataDeclarations];

/** Runs on a database of its own that has the tables of the packages and those given. */
async function problemsOf(
  sql: string,
  declarations = collectDeclarations([Guest], packages),
): Promise<string[]> {
  const stage = await throwAwayDatabase({
    service: 'scheduling',
    migrations: [databaseMigrations, fieldEncryptionMigrations, personalDataMigrations],
    entities: [],
  });
  try {
    // As owner of the schema for a moment: the application's role may not create tables.
    const owner = await new DataSource({ type: 'postgres', url: stage.ownerUrl }).initialize();
    try {
      await owner.query(sql);
    } finally {
      await owner.destroy();
    }
    await stage.database.infrastructure('test', (tx) => assertEverythingDeclared(tx, declarations));
    return [];
  } catch (error) {
    if (error instanceof IncompleteDeclarations) return [...error.problems];
    throw error;
  } finally {
    await stage.drop();
  }
}

it('accepts a database in which every column is declared, those of the packages included', async () => {
  expect(await problemsOf(guestTable(''))).toEqual([]);
});

it('names a column that nobody declared, a declaration without column, and a table the role may not even read', async () => {
  const problems = await problemsOf(`
    ${guestTable(', shoe_size text')};
    ALTER TABLE guest DROP COLUMN e_mail;
    CREATE TABLE hidden (name text); REVOKE ALL ON hidden FROM kept_scheduling;
    CREATE SCHEMA attic; CREATE TABLE attic.box (name text);
    CREATE VIEW guest_view AS SELECT id FROM guest;`);
  expect(problems.toSorted()).toEqual([
    'attic.box.name is declared nowhere',
    'guest.e_mail is declared and does not exist',
    'guest.shoe_size is declared nowhere',
    'guest_view.id is declared nowhere',
    'hidden.name is declared nowhere',
  ]);
});

it('[ENC-03] refuses a sealed column that is not made for envelopes', async () => {
  expect(await problemsOf(guestTable('').replace('bytea', 'text'))).toEqual([
    'guest.e_mail is text; a sealed column must be bytea',
  ]);
});

it('refuses a rule that empties a column which cannot be empty, and one that follows a parent without cascade', async () => {
  const shred = retentionRule({ ...rule, name: 'empty it', then: 'shred' });
  const follow = retentionRule({ ...rule, name: 'follow', clock: 'guest.left_at' });
  const declarations = collectDeclarations(
    [Guest],
    [
      ...packages,
      declareTable('visit', {
        id: notPersonal('Random reference'),
        organization_id: notPersonal('The business'),
        guest_id: personal({ ...about, category: 'pd:Identifying', subject: 'guest_id', retention: follow }),
        left_at: notPersonal('When'),
        remark: personal({ ...about, category: 'pd:Opinion', subject: 'guest_id', retention: shred }),
      }),
    ],
  );
  const visit = (onDelete: string) => `${guestTable('')};
    CREATE TABLE visit (id uuid, organization_id uuid, left_at timestamptz, remark text NOT NULL,
      guest_id uuid REFERENCES guest (id) ${onDelete})`;
  expect(await problemsOf(visit(''), declarations)).toEqual([
    'visit.remark must be nullable: its retention rule empties it',
    'rule "follow": no foreign key of visit cascades from guest',
  ]);
  expect(await problemsOf(visit('ON DELETE CASCADE'), declarations)).toHaveLength(1);
});

it('names everything an entity forgot, before any database is asked', () => {
  expect(() => collectDeclarations([Careless], [])).toThrow(
    [
      '- Careless.nickname (careless.nickname) declares neither @Personal nor @NotPersonal',
      '- Careless.imagined is declared and is not a column',
    ].join('\n'),
  );
});

it('refuses declarations that could not be true: an address in clear, nobody’s data, a rule without clock', () => {
  const columns = (changes: object) =>
    declareTable('letter', {
      id: notPersonal('Random reference'),
      organization_id: notPersonal('The business'),
      address: personal({ ...about, ...changes }),
    });
  const problems = (changes: object) => {
    try {
      collectDeclarations([], [columns(changes)]);
      return [];
    } catch (error) {
      return error instanceof IncompleteDeclarations ? error.problems : [String(error)];
    }
  };
  const clocked = retentionRule({ ...rule, clock: 'id' });
  expect(problems({ retention: clocked })).toEqual([
    'letter.address is pd:EmailAddress: seal it (fieldClass) or say inClearBecause',
  ]);
  expect(problems({ retention: clocked, fieldClass: 'contact' })).toEqual([]);
  expect(problems({ retention: clocked, fieldClass: 'contact', subject: 'owner', purposes: [] })).toEqual([
    'letter.address is about "owner", which is no column beside it',
    'letter.address has no purpose',
  ]);
  expect(problems({ fieldClass: 'contact' })).toEqual([
    'rule "old guests": letter has no column left_at to count from',
  ]);
});

it('lists what is held and why, in the same order every time', () => {
  const declarations = collectDeclarations([Guest], packages);
  const entries = inventory(declarations, 'scheduling');
  expect(entries).toEqual(inventory(declarations.toReversed(), 'scheduling'));
  expect(entries.every(({ reason }) => reason.length > 0)).toBe(true);
  expect(entries.find(({ column }) => column === 'e_mail')).toEqual({
    service: 'scheduling',
    table: 'guest',
    column: 'e_mail',
    personal: true,
    reason: 'To send the confirmation',
    subject: 'id',
    category: 'pd:EmailAddress',
    specialCondition: null,
    fieldClass: 'contact',
    purposes: ['booking.service'],
    basis: 'gdpr:A6-1-b',
    retention: {
      name: 'old guests',
      clock: 'left_at',
      period: 'P24M',
      then: 'delete_row',
      reason: 'Nobody asks after two years',
      onlyWhen: null,
    },
    erase: 'shred',
    export: 'client',
  });
});

it('[DAT-10] refuses words that DPV does not have, purposes nobody registered, and health data without its ground', () => {
  const said = (changes: Partial<PersonalData>) => {
    try {
      collectDeclarations(
        [],
        [
          declareTable('note', {
            id: notPersonal('Random reference'),
            organization_id: notPersonal('The business'),
            left_at: notPersonal('When'),
            text: personal({ ...about, fieldClass: 'sensitive', ...changes }),
          }),
        ],
      );
      return [];
    } catch (error) {
      return error instanceof IncompleteDeclarations ? error.problems : [String(error)];
    }
  };
  expect(said({})).toEqual([]);
  expect(said({ category: 'pd:Schedule' })).toEqual([
    'note.text: there is no term pd:Schedule (vocabulary/dpv-terms.tsv)',
  ]);
  expect(said({ basis: 'gdpr:A6-1-z' })).toEqual([
    'note.text: there is no term gdpr:A6-1-z (vocabulary/dpv-terms.tsv)',
  ]);
  // Types allow only purposes of the registry; a plain JavaScript caller has none.
  expect(said({ purposes: ['curiosity' as never] })).toEqual([
    'note.text: there is no purpose curiosity (vocabulary/purposes.ts)',
  ]);
  expect(said({ category: 'pd:MedicalHealth' })).toEqual([
    'note.text is pd:MedicalHealth, a special category: say specialCondition (GDPR article 9(2))',
  ]);
  expect(said({ category: 'pd:MedicalHealth', specialCondition: 'gdpr:A9-2-h' })).toEqual([]);
  for (const { dpv } of Object.values(PURPOSES_OF_DATA))
    expect(iriOf(dpv)).toContain('https://w3id.org/dpv#');
});

it('has one hash for what is declared, whatever the order, and another for any word that changes', () => {
  const declarations = collectDeclarations([Guest], packages);
  const hash = hashOfManifest(manifestOf(declarations, 'scheduling'));
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(hashOfManifest(manifestOf(declarations.toReversed(), 'scheduling'))).toBe(hash);
  expect(hashOfManifest(manifestOf(declarations, 'payments'))).not.toBe(hash);
  const changed = declarations.map(({ table, columns }) => ({
    table,
    columns: table === 'guest' ? { ...columns, left_at: notPersonal('When, more or less') } : columns,
  }));
  expect(hashOfManifest(manifestOf(changed, 'scheduling'))).not.toBe(hash);
});
