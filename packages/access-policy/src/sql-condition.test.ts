import { testPostgresUrl } from '@kept/testing';
import { subject } from '@casl/ability';
import fc from 'fast-check';
import { Client } from 'pg';
import { DataSource, EntitySchema } from 'typeorm';
import { buildAbility, may, mayRead, type Conditions } from './ability.ts';
import { namedSqlCondition, sqlCondition } from './sql-condition.ts';
import { client, policy, staff } from './test-policy.ts';

const schema = policy(`
  type Query { rows: Row @access(allow: [PUBLIC]) }
  type Row @access(allow: [SELF, ASSIGNED_PROVIDER, MANAGER]) { id: ID! notes: String @access(allow: [SELF]) }`);
const columns = { owner: 'owner_name', count: 'item count', open: 'is_open', seen: 'seen_at' };

interface Row {
  id: number;
  owner: string | null;
  count: number | null;
  open: boolean | null;
  seen: Date | null;
}
const owners = ['anna', 'bert', '', "o'neil", 'Ä', null];
// As PostgreSQL keeps them, microseconds included; and in an order that is none.
const instants = ['2030-01-01T00:00:00.000999Z', '2030-01-01T00:00:00Z', '2029-12-31T23:59:59.999500Z', null];
const written = owners.flatMap((owner, first) =>
  [0, 1, -2.5, null].flatMap((count, second) =>
    [true, false, null].flatMap((open, third) =>
      instants.map((seen, fourth) => ({
        id: ((first * 10 + second) * 10 + third) * 10 + fourth,
        owner,
        count,
        open,
        seen,
      })),
    ),
  ),
);

let database: Client;
let rows: Row[];
beforeAll(async () => {
  database = new Client({ connectionString: testPostgresUrl() });
  await database.connect();
  await database.query(
    'CREATE TEMP TABLE row (id int, owner_name text, "item count" float8, is_open boolean, seen_at timestamptz)',
  );
  for (const row of written) {
    const values = [row.id, row.owner, row.count, row.open, row.seen];
    await database.query('INSERT INTO row VALUES ($1, $2, $3, $4, $5)', values);
  }
  // As a service has them in hand: what the driver made of the columns.
  rows = (
    await database.query<Row>(
      'SELECT id, owner_name AS owner, "item count" AS count, is_open AS open, seen_at AS seen FROM row ORDER BY id',
    )
  ).rows;
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

const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  owner: fc.constantFrom(...owners, 'Bert', "'; --"),
  count: fc.constantFrom(0, 1, -2.5, -3, 0.5, null),
  open: fc.constantFrom(true, false, null),
  seen: fc.constantFrom(
    ...['2030-01-01T00:00:00Z', '2030-01-01T00:00:00.001Z', '2029-12-31T23:59:59.999Z'].map(
      (text) => new Date(text),
    ),
    null,
  ),
};
const operatorsOn = (column: string) => {
  const value = values[column] ?? fc.constant(null);
  const list = fc.array(value, { maxLength: 3 });
  const plain = fc.oneof(
    fc.record({ $eq: value }, { noNullPrototype: true }),
    fc.record({ $ne: value }, { noNullPrototype: true }),
    fc.record({ $in: list }, { noNullPrototype: true }),
    fc.record({ $nin: list }, { noNullPrototype: true }),
    fc.record({ $exists: fc.boolean() }, { noNullPrototype: true }),
  );
  if (column !== 'count' && column !== 'seen') return plain;
  const bound = value.filter((item) => item !== null);
  const ordered = fc
    .tuple(fc.constantFrom('$lt', '$lte', '$gt', '$gte'), bound)
    .map(([operator, limit]) => ({ [operator]: limit }));
  const between = fc.tuple(ordered, ordered).map(([one, other]) => ({ ...one, ...other }));
  return fc.oneof(plain, ordered, between);
};
const onColumn = fc.constantFrom(...Object.keys(values)).chain((column): fc.Arbitrary<Conditions> => {
  const operators = operatorsOn(column);
  return fc
    .oneof(
      values[column] ?? fc.constant(null),
      operators,
      operators.map(($not) => ({ $not })),
    )
    .map((compared) => ({ [column]: compared }));
});
const { conditions } = fc.letrec<{ conditions: Conditions; nested: Conditions }>((tie) => {
  const some = fc.array(tie('conditions'), { minLength: 1, maxLength: 3 });
  return {
    nested: fc.oneof(
      some.map(($and) => ({ $and })),
      some.map(($or) => ({ $or })),
      tie('conditions').map(($not) => ({ $not })),
    ),
    conditions: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc
        .array(onColumn, { minLength: 1, maxLength: 3 })
        .map((parts): Conditions => Object.assign({}, ...parts)),
      fc.tuple(onColumn, tie('nested')).map(([one, other]): Conditions => ({ ...one, ...other })),
      tie('nested'),
    ),
  };
});

const abilityOf = (sentences: readonly Conditions[]) =>
  buildAbility({
    schema,
    caller: client('anna'),
    verbs: (_, can) => sentences.forEach((sentence) => can('act', 'Row', sentence)),
  });
const RUNS = process.env['KEPT_NIGHTLY'] ? 20_000 : 250;

describe('a condition in SQL', () => {
  it('[gateway A17] selects exactly the rows of which may() says yes, whatever the sentences', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(conditions, { maxLength: 3 }), async (sentences) => {
        const ability = abilityOf(sentences);
        const expected = rows.filter((row) => may(ability, 'act', 'Row', row)).map(({ id }) => id);
        // CASL's own question gives the same answer: its matcher is ours.
        const asked = rows
          .filter((row) => ability.can('act', subject('Row', { ...row })))
          .map(({ id }) => id);
        expect(asked).toEqual(expected);
        expect(await select(sqlCondition(ability, 'act', 'Row', { alias: 'r', columns }))).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);

  it('[gateway A17] is never NULL, so that whoever turns it around gets exactly the other rows', async () => {
    await fc.assert(
      fc.asyncProperty(conditions, async (sentence) => {
        const condition = sqlCondition(abilityOf([sentence]), 'act', 'Row', { alias: 'r', columns });
        const here = await select(condition);
        const elsewhere = await select({ ...condition, sql: `NOT ${condition.sql}` });
        expect([...here, ...elsewhere].toSorted((one, other) => one - other)).toEqual(
          rows.map(({ id }) => id),
        );
      }),
      { numRuns: 80 },
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

  it('[gateway A17] says the same in a TypeORM query builder, with parameters by name', async () => {
    const Rows = new EntitySchema<Row>({
      name: 'row',
      tableName: 'kept_condition_rows',
      columns: {
        id: { type: 'int', primary: true },
        owner: { type: 'text', name: 'owner_name', nullable: true },
        count: { type: 'float8', name: 'item count', nullable: true },
        open: { type: 'boolean', name: 'is_open', nullable: true },
        seen: { type: 'timestamptz', name: 'seen_at', nullable: true },
      },
    });
    const source = await new DataSource({
      type: 'postgres',
      url: testPostgresUrl(),
      entities: [Rows],
      extra: { max: 1 },
    }).initialize();
    try {
      await source.query(
        'CREATE TEMP TABLE kept_condition_rows (id int, owner_name text, "item count" float8, is_open boolean, seen_at timestamptz)',
      );
      await source
        .getRepository(Rows)
        .insert(written.map((row) => ({ ...row, seen: row.seen && new Date(row.seen) })));
      const loaded = await source.getRepository(Rows).find({ order: { id: 'ASC' } });
      await fc.assert(
        fc.asyncProperty(conditions, conditions, async (sentence, narrower) => {
          const ability = abilityOf([sentence]);
          const second = abilityOf([narrower]);
          const one = namedSqlCondition(ability, 'act', 'Row', { alias: 'r', columns });
          const other = namedSqlCondition(second, 'act', 'Row', { alias: 'r', columns, prefix: 'narrower' });
          const found = await source
            .getRepository(Rows)
            .createQueryBuilder('r')
            .where(one.sql, one.parameters)
            .andWhere(other.sql, other.parameters)
            .orderBy('r.id')
            .getMany();
          const expected = loaded.filter(
            (row) => may(ability, 'act', 'Row', row) && may(second, 'act', 'Row', row),
          );
          expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        }),
        { numRuns: 80 },
      );
    } finally {
      await source.destroy();
    }
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
