/**
 * The hole this keeps closed: somebody was erased, and stands in last week's backup, in a column that nobody thought of, or opens again
 * with the root key. What is sealed about a person is gone with the person's keys, wherever copies of it lie. What stands in clear beside
 * it (docs/security.md, A47) goes with the erasure across services.
 */
import { callerOf } from '@kept/testing';
import { decodeEnvelope } from '@kept/field-encryption';
import { Client } from 'pg';
import { identityDeclarations } from '../database.ts';
import { lockAccount } from '../lockout/hard-lock.ts';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

/** Every table of identity with sealed columns, as the declarations have them: a new one is looked at without anybody thinking of it. */
const sealedColumns = identityDeclarations.flatMap(({ table, columns }) =>
  Object.entries(columns).flatMap(([column, declared]) =>
    declared.personal && declared.fieldClass !== undefined ? [{ table, column }] : [],
  ),
);
const sealedTables = [...new Set(sealedColumns.map(({ table }) => table))];

/** Somebody with the database server: no wall, no trigger. */
async function outside<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: test.databases.adminUrl });
  await client.connect();
  try {
    await client.query('SET session_replication_role = replica');
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Writes these tables into the backup, or puts back into place what is there. */
const copyTables = (direction: 'to backup' | 'from backup', tables: readonly string[]) =>
  outside(async (client) => {
    await client.query('CREATE SCHEMA IF NOT EXISTS backup');
    for (const table of tables) {
      if (direction === 'to backup') {
        await client.query(`CREATE TABLE backup.${table} AS TABLE public.${table}`);
        continue;
      }
      const written = await client.query<{ columns: string }>(
        `SELECT string_agg(quote_ident(column_name), ', ') AS columns FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'`,
        [table],
      );
      const columns = written.rows[0]?.columns;
      await client.query(`DELETE FROM public.${table}`);
      await client.query(
        `INSERT INTO public.${table} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM backup.${table}`,
      );
    }
  });

/** What is sealed under keys of this person, and whether those keys are there. */
async function sealedOf(subjectId: string) {
  return outside(async (client) => {
    const keys = await client.query<{ id: string; wrapped_key: Buffer | null }>(
      'SELECT id, wrapped_key FROM data_subject_key WHERE subject_id = $1',
      [subjectId],
    );
    const wrapped = new Map(keys.rows.map(({ id, wrapped_key }) => [id, wrapped_key]));
    const found: { place: string; hasKey: boolean }[] = [];
    for (const { table, column } of sealedColumns) {
      const sql = `SELECT ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL`;
      for (const { sealed } of (await client.query<{ sealed: Buffer }>(sql)).rows) {
        const { keyId } = decodeEnvelope(sealed);
        if (wrapped.has(keyId))
          found.push({ place: `${table}.${column}`, hasKey: wrapped.get(keyId) !== null });
      }
    }
    return found;
  });
}

/** Everything in every table, as text, with what is bytes as hexadecimal digits. */
const everything = () =>
  outside(async (client) => {
    const tables = await client.query<{ name: string }>(
      `SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('public', 'backup')`,
    );
    const texts: string[] = [];
    for (const { name } of tables.rows)
      texts.push(
        ...(await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`)).rows.map(
          ({ text }) => text,
        ),
      );
    return texts.join('\n');
  });

/** What somebody reads who may read all of it, with this very process or with one that has cached nothing. */
async function readAbout(organizationId: string, accountId: string) {
  const caller = callerOf({ kind: 'STAFF', organizationId, roles: ['MANAGER'], secondFactor: true });
  const references = [{ __typename: 'Client', id: accountId }];
  const query = `query ($references: [_Any!]!) { _entities(representations: $references) { ... on Client { displayName email phone } } }`;
  const { data, errors } = await test.ask(caller, query, { references });
  return { client: (data?.['_entities'] as unknown[] | undefined)?.[0], errors };
}

it('[identity A47] what is sealed about a person is unreadable once their keys are destroyed, in a restored backup too', async () => {
  const organizationId = await test.organization();
  const words = { displayName: 'Zuzanna Shredwell', email: 'zuzanna.shredwell@example.org' };
  const person = await test.member({
    organizationId,
    roles: ['CLIENT'],
    totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    ...words,
  });
  const other = await test.member({ organizationId, roles: ['CLIENT'], displayName: 'Bo Remains' });
  await test.signIn(person, { caller: { networkAddress: '203.0.113.9' } });
  await test.databases.database.transaction(organizationId, (tx) =>
    lockAccount(test.identity, tx, {
      accountId: person.id,
      cause: 'INCIDENT',
      lockedBy: null,
      reason: 'Zuzanna asked for it by telephone',
      caller: callerOf({ kind: 'SERVICE' }),
      now: test.clock(),
    }),
  );
  await test.mailsTo(person.email);
  const before = await sealedOf(person.id);
  expect(new Set(before.map(({ place }) => place)).size).toBeGreaterThanOrEqual(4);
  expect(before.every(({ hasKey }) => hasKey)).toBe(true);
  expect((await readAbout(organizationId, person.id)).client).toMatchObject(words);
  // Two backups, of the data and, apart from it, of the keys.
  await copyTables('to backup', [...sealedTables, 'data_subject_key']);

  await test.databases.database.transaction(organizationId, (tx) =>
    test.identity.keyring.destroySubject(tx, person.id),
  );
  const unreadable = async () => {
    const left = await sealedOf(person.id);
    expect(left.filter(({ hasKey }) => hasKey)).toEqual([]);
    expect(await readAbout(organizationId, person.id)).toEqual({
      client: { displayName: null, email: null, phone: null },
      errors: [],
    });
    // Neither does the person sign in, nor does anything of theirs stand anywhere in clear.
    const step = await test.start(test.anonymous(organizationId), person).catch(() => undefined);
    expect(step?.accessToken).toBeUndefined();
    const text = await everything();
    for (const word of [words.displayName, 'Shredwell', words.email, 'JBSWY3DPEHPK3PXP', 'by telephone'])
      for (const form of [word, Buffer.from(word).toString('hex')]) expect(text).not.toContain(form);
    return left.length;
  };
  expect(await unreadable()).toBe(before.length);
  // The data of before comes back from its backup; the keys' own has run out.
  await copyTables('from backup', sealedTables);
  expect(await unreadable()).toBe(before.length);
  expect((await readAbout(organizationId, other.id)).client).toMatchObject({ displayName: 'Bo Remains' });
  // With a backup of the keys it would all be there again: that is why theirs is kept apart, and for days.
  await copyTables('from backup', ['data_subject_key']);
  expect((await sealedOf(person.id)).every(({ hasKey }) => hasKey)).toBe(true);
});
