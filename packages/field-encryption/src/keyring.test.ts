import { randomBytes, randomUUID } from 'node:crypto';
import { databaseMigrations } from '@kept/database';
import { fixedClock, testOrganization, throwAwayDatabase } from '@kept/testing';
import { decodeEnvelope } from './envelope.ts';
import { EnvelopeRefused, SubjectErased } from './errors.ts';
import { FIELD_CLASSES } from './field-class.ts';
import type { FieldClass, FieldPlace } from './field-class.ts';
import { openKeyring } from './keyring.ts';
import { fieldEncryptionMigrations } from './migrations.ts';

type Stage = Awaited<ReturnType<typeof throwAwayDatabase>>;
let stage: Stage;
const clock = fixedClock('2027-03-01T09:00:00Z');
const rootKey = randomBytes(32);
const openOurs = () => openKeyring({ service: 'identity', rootKey, clock });

beforeAll(async () => {
  stage = await throwAwayDatabase({
    service: 'identity',
    migrations: [databaseMigrations, fieldEncryptionMigrations],
    entities: [],
  });
});
afterAll(() => stage.drop());

const place = (fieldClass: FieldClass = 'contact', subjectId: string = randomUUID()): FieldPlace => ({
  subjectId,
  fieldClass,
  table: 'account',
  column: 'email',
  rowId: randomUUID(),
});

it('[ENC-03] stores an A256GCM envelope, and every class of an organization has a key of its own', async () => {
  const organizationId = await testOrganization(stage.database);
  const subjectId = randomUUID();
  await stage.database.transaction(organizationId, async (tx) => {
    const keyring = openOurs();
    const kekIds = new Set<string>();
    for (const fieldClass of FIELD_CLASSES) {
      const sealed = await keyring.seal(tx, place(fieldClass, subjectId), 'Ṣọlá 🐝 +49 30 123');
      const envelope = decodeEnvelope(sealed);
      expect(envelope.alg).toBe('A256GCM');
      expect(envelope.nonce).toHaveLength(12);
      expect(sealed.includes('Ṣọlá')).toBe(false);
      const [row] = await tx.query<{ encryption_key_id: string }>(
        'SELECT encryption_key_id FROM data_subject_key WHERE id = $1',
        [envelope.keyId],
      );
      kekIds.add(row?.encryption_key_id ?? '');
    }
    expect(kekIds.size).toBe(FIELD_CLASSES.length);
    const report = await keyring.selfTest(tx);
    expect(report.ok).toBe(true);
    expect(report.checks.map(({ purpose }) => purpose)).toEqual([...FIELD_CLASSES].toSorted());
  });
});

it('opens in another process what one process sealed, many values with one query', async () => {
  const organizationId = await testOrganization(stage.database);
  const places = Array.from({ length: 20 }, () => place());
  const sealed = await stage.database.transaction(organizationId, async (tx) => {
    const keyring = openOurs();
    const envelopes: Buffer[] = [];
    for (const [index, where] of places.entries())
      envelopes.push(await keyring.seal(tx, where, `value ${index}`));
    return envelopes;
  });
  await stage.database.transaction(organizationId, async (tx) => {
    let queries = 0;
    const counted = {
      requestId: null,
      organizationId: tx.organizationId,
      manager: tx.manager,
      afterCommit: tx.afterCommit.bind(tx),
      query: <Row>(sql: string, parameters?: unknown[]) => {
        queries += 1;
        return tx.query<Row>(sql, parameters);
      },
    };
    const fields = places.map((where, index) => ({ place: where, envelope: sealed[index] ?? null }));
    const opened = await openOurs().openMany(counted, [...fields, { place: place(), envelope: null }]);
    expect(opened).toEqual([...places.keys()].map((index): string | null => `value ${index}`).concat([null]));
    expect(queries).toBe(1);
  });
});

it('reads null once the person’s keys are destroyed, at once here and within a minute elsewhere', async () => {
  const organizationId = await testOrganization(stage.database);
  const hers = place();
  const his = place();
  const here = openOurs();
  const elsewhere = openOurs();
  const sealed = await stage.database.transaction(organizationId, async (tx) => ({
    hers: await here.seal(tx, hers, 'hers'),
    his: await here.seal(tx, his, 'his'),
  }));
  const read = (keyring: typeof here) =>
    stage.database.transaction(organizationId, async (tx) => [
      await keyring.open(tx, hers, sealed.hers),
      await keyring.open(tx, his, sealed.his),
    ]);
  expect(await read(elsewhere)).toEqual(['hers', 'his']);
  await stage.database.transaction(organizationId, async (tx) => {
    expect(await here.destroySubject(tx, hers.subjectId)).toEqual({ keysDestroyed: 1 });
    expect(await here.open(tx, hers, sealed.hers)).toBeNull();
  });
  expect(await read(here)).toEqual([null, 'his']);
  expect(await read(elsewhere)).toEqual(['hers', 'his']);
  clock.advance(60_000);
  expect(await read(elsewhere)).toEqual([null, 'his']);
});

it('seals nothing more about a person whose keys were destroyed, in any class', async () => {
  const organizationId = await testOrganization(stage.database);
  const subjectId = randomUUID();
  await stage.database.transaction(organizationId, (tx) => openOurs().destroySubject(tx, subjectId));
  for (const fieldClass of FIELD_CLASSES)
    await expect(
      stage.database.transaction(organizationId, (tx) =>
        openOurs().seal(tx, place(fieldClass, subjectId), 'late'),
      ),
    ).rejects.toThrow(SubjectErased);
});

it('does not let a destroyed key come back', async () => {
  const organizationId = await testOrganization(stage.database);
  const subjectId = randomUUID();
  await stage.database.transaction(organizationId, (tx) => openOurs().destroySubject(tx, subjectId));
  for (const sql of [
    `UPDATE data_subject_key SET wrapped_key = '\\x00', destroyed_at = NULL WHERE subject_id = $1`,
    'DELETE FROM data_subject_key WHERE subject_id = $1',
  ])
    await expect(
      stage.database.transaction(organizationId, (tx) => tx.query(sql, [subjectId])),
    ).rejects.toThrow('stays destroyed');
});

it('never seals with a key whose transaction rolled back', async () => {
  const organizationId = await testOrganization(stage.database);
  const keyring = openOurs();
  const where = place();
  await expect(
    stage.database.transaction(organizationId, async (tx) => {
      await keyring.seal(tx, where, 'first');
      throw new Error('changed my mind');
    }),
  ).rejects.toThrow('changed my mind');
  const sealed = await stage.database.transaction(organizationId, (tx) => keyring.seal(tx, where, 'second'));
  const opened = await stage.database.transaction(organizationId, (tx) => openOurs().open(tx, where, sealed));
  expect(opened).toBe('second');
});

it('gives racing callers one and the same key', async () => {
  const organizationId = await testOrganization(stage.database);
  const subjectId = randomUUID();
  const sealed = await Promise.all(
    Array.from({ length: 8 }, () =>
      stage.database.transaction(organizationId, (tx) =>
        openOurs().seal(tx, place('contact', subjectId), 'x'),
      ),
    ),
  );
  expect(new Set(sealed.map((envelope) => decodeEnvelope(envelope).keyId)).size).toBe(1);
});

it('makes blind indexes that agree within a column and differ between columns, versions and organizations', async () => {
  const [one, other] = [await testOrganization(stage.database), await testOrganization(stage.database)];
  const index = (
    organizationId: string,
    where: { table: string; column: string; version?: number },
    text: string,
  ) =>
    stage.database.transaction(organizationId, async (tx) =>
      (await openOurs().blindIndex(tx, where, text)).toString('hex'),
    );
  const email = { table: 'account', column: 'email' };
  const first = await index(one, email, 'ada@example.org');
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(await index(one, email, 'ada@example.org')).toBe(first);
  const others = [
    await index(one, email, 'eve@example.org'),
    await index(one, { ...email, column: 'phone' }, 'ada@example.org'),
    await index(one, { ...email, version: 2 }, 'ada@example.org'),
    await index(other, email, 'ada@example.org'),
  ];
  expect(new Set([first, ...others]).size).toBe(5);
});

it('says which key fails when one no longer unwraps', async () => {
  const organizationId = await testOrganization(stage.database);
  await stage.database.transaction(organizationId, async (tx) => {
    await openOurs().seal(tx, place('contact'), 'x');
    await openOurs().seal(tx, place('sensitive'), 'x');
    await tx.query(
      `UPDATE encryption_key SET wrapped_key = set_byte(wrapped_key, 40, get_byte(wrapped_key, 40) # 1)
       WHERE purpose = 'sensitive'`,
    );
    const report = await openOurs().selfTest(tx);
    expect(report.ok).toBe(false);
    expect(report.checks.filter(({ ok }) => !ok).map(({ purpose }) => purpose)).toEqual(['sensitive']);
  });
});

it('cannot be opened with another root key', async () => {
  const organizationId = await testOrganization(stage.database);
  const where = place();
  const sealed = await stage.database.transaction(organizationId, (tx) => openOurs().seal(tx, where, 'x'));
  const stolen = openKeyring({ service: 'identity', rootKey: randomBytes(32), clock });
  await expect(
    stage.database.transaction(organizationId, (tx) => stolen.open(tx, where, sealed)),
  ).rejects.toThrow(EnvelopeRefused);
});
