import { randomBytes, randomUUID } from 'node:crypto';
import { databaseMigrations } from '@kept/database';
import { fixedClock, testOrganization, throwAwayDatabase } from '@kept/testing';
import { decryptionFigure } from './decryption-alert.ts';
import { EnvelopeRefused } from './errors.ts';
import type { FieldPlace } from './field-class.ts';
import { openKeyring } from './keyring.ts';
import { fieldEncryptionMigrations } from './migrations.ts';

// The hole this keeps closed: somebody who can write to the database moves ciphertext to where they may read it.
type Stage = Awaited<ReturnType<typeof throwAwayDatabase>>;
let stage: Stage;
let organizationId: string;
let sealed: Buffer;
const rootKey = randomBytes(32);
const alerts: object[] = [];
const log = { error: (fields: object) => void alerts.push(fields) };
const openOurs = () =>
  openKeyring({ service: 'identity', rootKey, clock: fixedClock('2027-03-01T09:00:00Z'), log });
const keyring = openOurs();
const home: FieldPlace = {
  subjectId: randomUUID(),
  fieldClass: 'contact',
  table: 'account',
  column: 'email',
  rowId: randomUUID(),
};

beforeAll(async () => {
  stage = await throwAwayDatabase({
    service: 'identity',
    migrations: [databaseMigrations, fieldEncryptionMigrations],
    entities: [],
  });
  organizationId = await testOrganization(stage.database);
  sealed = await stage.database.transaction(organizationId, (tx) =>
    keyring.seal(tx, home, 'ada@example.org'),
  );
});
afterAll(() => stage.drop());

it.each([
  ['row', { rowId: randomUUID() }],
  ['column', { column: 'phone' }],
  ['table', { table: 'booking' }],
  ['person', { subjectId: randomUUID() }],
  ['class', { fieldClass: 'sensitive' as const }],
])('[identity A45] refuses ciphertext that was moved to another %s', async (_what, elsewhere) => {
  await expect(
    stage.database.transaction(organizationId, (tx) => keyring.open(tx, { ...home, ...elsewhere }, sealed)),
  ).rejects.toThrow(EnvelopeRefused);
});

it('[identity A45] refuses ciphertext that was moved to another organization, even together with its key rows', async () => {
  const other = await testOrganization(stage.database);
  await expect(stage.database.transaction(other, (tx) => keyring.open(tx, home, sealed))).rejects.toThrow(
    EnvelopeRefused,
  );
  const rows = await stage.database.transaction(organizationId, async (tx) => ({
    keys: await tx.query<Record<string, unknown>>('SELECT * FROM encryption_key'),
    subjectKeys: await tx.query<Record<string, unknown>>('SELECT * FROM data_subject_key'),
  }));
  const copied = stage.database.transaction(other, async (tx) => {
    // New ids, because the old ones are taken; the envelope is rewritten to name the copy.
    const [key, subjectKey] = [rows.keys[0], rows.subjectKeys[0]];
    const [keyId, subjectKeyId] = [randomUUID(), randomUUID()];
    await tx.query(
      `INSERT INTO encryption_key (id, organization_id, purpose, version, wrapped_key, created_at)
       VALUES ($1, $2, 'contact', 1, $3, now())`,
      [keyId, other, key?.['wrapped_key']],
    );
    await tx.query(
      `INSERT INTO data_subject_key
         (id, organization_id, subject_id, field_class, version, encryption_key_id, wrapped_key, created_at)
       VALUES ($1, $2, $3, 'contact', 1, $4, $5, now())`,
      [subjectKeyId, other, home.subjectId, keyId, subjectKey?.['wrapped_key']],
    );
    const moved = Buffer.from(sealed);
    Buffer.from(subjectKeyId.replaceAll('-', ''), 'hex').copy(moved, 2);
    return keyring.open(tx, home, moved);
  });
  await expect(copied).rejects.toThrow(EnvelopeRefused);
});

it('[identity A45] refuses ciphertext whose key version was changed in the key’s row', async () => {
  await expect(
    stage.database.transaction(organizationId, async (tx) => {
      await tx.query('UPDATE data_subject_key SET version = 2 WHERE subject_id = $1', [home.subjectId]);
      // A keyring with an empty cache has to believe the row.
      return openOurs().open(tx, home, sealed);
    }),
  ).rejects.toThrow(EnvelopeRefused);
});

it('[ENC-04] opens nothing of another class with the key of one class', async () => {
  const own = await testOrganization(stage.database);
  const subjectId = randomUUID();
  const inClass = (fieldClass: FieldPlace['fieldClass']): FieldPlace => ({ ...home, subjectId, fieldClass });
  await stage.database.transaction(own, async (tx) => {
    const contact = await keyring.seal(tx, inClass('contact'), 'ada@example.org');
    const sensitive = await keyring.seal(tx, inClass('sensitive'), 'allergic to latex');
    const payment = await keyring.seal(tx, inClass('payment_reference'), 'pm_123');
    // Whoever broke one layer has its key and can put it in place of the others.
    await tx.query(
      `UPDATE encryption_key SET wrapped_key = (SELECT wrapped_key FROM encryption_key WHERE purpose = 'contact')
       WHERE purpose <> 'contact'`,
    );
    const fresh = openOurs();
    expect(await fresh.open(tx, inClass('contact'), contact)).toBe('ada@example.org');
    await expect(fresh.open(tx, inClass('sensitive'), sensitive)).rejects.toThrow(EnvelopeRefused);
    await expect(fresh.open(tx, inClass('payment_reference'), payment)).rejects.toThrow(EnvelopeRefused);
  });
});

it('[identity A45] says crypt_decrypt_fail of whatever does not open, by its place and without a word of it, and counts it', async () => {
  const watched = openOurs();
  const other: FieldPlace = { ...home, rowId: randomUUID() };
  const damaged = Buffer.from(sealed);
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);
  const cut = sealed.subarray(0, 20);
  const opening = (fields: { place: FieldPlace; envelope: Buffer | null }[]) =>
    stage.database.transaction(organizationId, (tx) => watched.openMany(tx, fields));
  alerts.splice(0);
  expect(await opening([{ place: home, envelope: sealed }])).toEqual(['ada@example.org']);
  expect([watched.failures(), alerts]).toEqual([0, []]);
  for (const [place, envelope] of [
    [other, sealed],
    [home, damaged],
    [home, cut],
    [{ ...home, fieldClass: 'sensitive' as const }, sealed],
  ] as const)
    await expect(
      opening([
        { place: home, envelope: sealed },
        { place, envelope },
      ]),
    ).rejects.toThrow(EnvelopeRefused);
  const where = { event: 'crypt_decrypt_fail', organizationId, table: 'account', column: 'email' };
  expect(alerts).toEqual(
    [other, home, home, home].map(({ rowId }) => ({ ...where, rowId, reason: expect.any(String) as string })),
  );
  expect(JSON.stringify(alerts)).not.toContain('ada@example.org');
  // A key that does not unwrap is no value's fault: it has no place.
  await expect(
    stage.database.transaction(organizationId, async (tx) => {
      await tx.query('UPDATE data_subject_key SET version = 2 WHERE subject_id = $1', [home.subjectId]);
      const fresh = openOurs();
      await fresh.open(tx, home, sealed).finally(() => expect(fresh.failures()).toBe(1));
    }),
  ).rejects.toThrow(EnvelopeRefused);
  expect(alerts.at(-1)).toMatchObject({ event: 'crypt_decrypt_fail', organizationId });
  expect(decryptionFigure(watched)).toMatchObject({ name: 'kept_decryption_failures_total' });
  expect(decryptionFigure(watched).value()).toBe(4);
});

it('shows one organization nothing of another’s keys', async () => {
  const other = await testOrganization(stage.database);
  const seen = await stage.database.transaction(other, async (tx) => [
    ...(await tx.query('SELECT id FROM encryption_key')),
    ...(await tx.query('SELECT id FROM data_subject_key')),
  ]);
  expect(seen).toEqual([]);
  await expect(
    stage.database.transaction(other, (tx) =>
      tx.query(
        `INSERT INTO encryption_key (id, organization_id, purpose, version, wrapped_key, created_at)
         VALUES (gen_random_uuid(), $1, 'contact', 7, '\\x00', now())`,
        [organizationId],
      ),
    ),
  ).rejects.toThrow('row-level security');
});
