import { testPostgresUrl } from '@kept/testing';
import fc from 'fast-check';
import { Client } from 'pg';
import { buildAbility, may, mayRead, type Conditions } from './ability.ts';
import { sqlCondition } from './sql-condition.ts';
import { client, policy, staff } from './test-policy.ts';

const schema = policy(`
  type Query { rows: Row @access(allow: [PUBLIC]) }
  type Row @access(allow: [SELF, ASSIGNED_PROVIDER, MANAGER]) { id: ID! notes: String @access(allow: [SELF]) }`);
const columns = { owner: 'owner_name', count: 'item count', open: 'is_open' };

interface Row {
  id: number;
  owner: string | null;
  count: number | null;
  open: boolean | null;
}
const owners = ['anna', 'bert', '', "o'neil", null];
const rows = owners.flatMap((owner, first) =>
  [0, 1, null].flatMap((count, second) =>
    [true, false, null].map((open, third): Row => ({
      id: first * 100 + second * 10 + third,
      owner,
      count,
      open,
    })),
  ),
);

let database: Client;
beforeAll(async () => {
  database = new Client({ connectionString: testPostgresUrl() });
  await database.connect();
  await database.query('CREATE TEMP TABLE row (id int, owner_name text, "item count" int, is_open boolean)');
  for (const row of rows) {
    await database.query('INSERT INTO row VALUES ($1, $2, $3, $4)', [row.id, row.owner, row.count, row.open]);
  }
});
afterAll(() => database.end());

async function select(
  condition: { sql: string; parameters: unknown[] },
  before: unknown[] = [],
): Promise<number[]> {
  const result = await database.query<{ id: number }>(
    `SELECT id FROM row r WHERE ${condition.sql} ORDER BY id`,
    [...before, ...condition.parameters],
  );
  return result.rows.map(({ id }) => id);
}

const leaf = (name: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<Conditions> =>
  fc.oneof(
    values.map((value) => ({ [name]: value })),
    values.map((value) => ({ [name]: { $eq: value } })),
    values.map((value) => ({ [name]: { $ne: value } })),
    fc.array(values, { maxLength: 3 }).map((list) => ({ [name]: { $in: list } })),
  );
const leaves = fc.oneof(
  leaf('owner', fc.constantFrom(...owners)),
  leaf('count', fc.constantFrom(0, 1, 2, null)),
  leaf('open', fc.constantFrom(true, false, null)),
);
const conditions = fc
  .array(leaves, { minLength: 1, maxLength: 3 })
  .map((parts): Conditions => Object.assign({}, ...parts));

describe('a condition in SQL', () => {
  it('[gateway A17] selects exactly the rows of which may() says yes, whatever the sentences', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(conditions, { maxLength: 3 }), async (sentences) => {
        const ability = buildAbility({
          schema,
          caller: client('anna'),
          verbs: (_, can) => sentences.forEach((sentence) => can('act', 'Row', sentence)),
        });
        const expected = rows.filter((row) => may(ability, 'act', 'Row', row)).map(({ id }) => id);
        expect(await select(sqlCondition(ability, 'act', 'Row', { alias: 'r', columns }))).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  const relations = {
    Row: {
      SELF: ({ accountId }: { accountId: string | null }) => ({ owner: accountId }),
      ASSIGNED_PROVIDER: () => ({ count: 1 }),
    },
  };

  it('selects the rows that a caller may know of, and those of which they may read a field', async () => {
    for (const who of [client('anna'), staff('bert', 'PROVIDER'), staff('max', 'MANAGER'), staff('none')]) {
      const ability = buildAbility({ schema, caller: who, relations });
      const place = { alias: 'r', columns };
      const reached = rows.filter((row) => mayRead(ability, 'Row', row)).map(({ id }) => id);
      const readable = rows.filter((row) => mayRead(ability, 'Row', row, 'notes')).map(({ id }) => id);
      expect(await select(sqlCondition(ability, 'read', 'Row', place))).toEqual(reached);
      expect(await select(sqlCondition(ability, 'read', 'Row', { ...place, field: 'notes' }))).toEqual(
        readable,
      );
    }
  });

  it('numbers its parameters behind those that the statement already has', async () => {
    const ability = buildAbility({ schema, caller: client('anna'), relations });
    const { sql, parameters } = sqlCondition(ability, 'read', 'Row', { alias: 'r', columns, offset: 1 });
    expect(sql).toContain('$2');
    const found = await select({ sql: `r."item count" = $1 AND ${sql}`, parameters }, [1]);
    expect(found).toEqual(rows.filter((row) => row.owner === 'anna' && row.count === 1).map(({ id }) => id));
  });

  it('gives nothing to somebody without any rule', () => {
    expect(
      sqlCondition(buildAbility({ schema, caller: staff('x') }), 'act', 'Row', { alias: 'r', columns }).sql,
    ).toBe('false');
  });

  it('refuses a condition for whose property no column was given', () => {
    const ability = buildAbility({ schema, caller: client('anna'), relations });
    expect(() => sqlCondition(ability, 'read', 'Row', { alias: 'r', columns: {} })).toThrow(/owner/);
  });
});
