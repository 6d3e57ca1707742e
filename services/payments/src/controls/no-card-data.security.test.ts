import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, isEnumType, isInputObjectType, isObjectType } from 'graphql';
import { openPaymentsForTests, staffOf, organizationOf, type UnderTest } from '../payments-for-tests.ts';
import { SAQ_A } from './saq-a.ts';

// A card number or a security code that has a place is once sent there. So there is none: no input, no column, no parameter.
let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const SENSITIVE =
  /cvc|cvv|cvn|csc\b|security_?code|card_?number|^pan$|_pan$|track_?(data|1|2)|magnetic|pin_?(block|code|number)/i;
const schema = buildSchema(
  readFileSync(join(import.meta.dirname, '../../../../docs/graph/schema.graphql'), 'utf8'),
  {
    assumeValid: true,
  },
);

it('[LAW-53] [payments T23] no field, argument, input or value of the graph is for a security code, a track or a PIN', () => {
  const names = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (isEnumType(type)) return [type.name, ...type.getValues().map(({ name }) => name)];
    if (isInputObjectType(type)) return [type.name, ...Object.keys(type.getFields())];
    if (!isObjectType(type)) return [type.name];
    const fields = Object.values(type.getFields());
    return [
      type.name,
      ...fields.flatMap(({ name, args }) => [name, ...args.map((argument) => argument.name)]),
    ];
  });
  expect(names.length).toBeGreaterThan(1_000);
  expect(['cvc', 'card_number', 'securityCode'].filter((name) => !SENSITIVE.test(name))).toEqual([]);
  expect(names.filter((name) => SENSITIVE.test(name))).toEqual([]);
});

const columns = () =>
  test.database.infrastructure('test', (tx) =>
    tx.query<{ place: string; type: string; checked: boolean }>(
      `SELECT c.relname || '.' || a.attname AS place, format_type(a.atttypid, a.atttypmod) AS type,
         EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND a.attnum = ANY (k.conkey)) AS checked
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
    ),
  );

it('[LAW-53] [payments T23] no column of the database is for one either', async () => {
  const all = await columns();
  expect(all.length).toBeGreaterThan(150);
  expect(all.filter(({ place }) => SENSITIVE.test(place.split('.')[1] ?? ''))).toEqual([]);
});

// What every service has, written by packages of Kept: names of events, of keys and of migrations, and sealed payloads.
const OF_PACKAGES =
  /^(outbox|inbox|idempotency_key|migration|kept_|field_key|data_key|organization_key|subject_key|encryption_|erasure|retention_|relay_|event_|received_event|sequence_|schema_)/;

it('[ENC-08] no column of payments that takes text takes a card number: each is checked by the database', async () => {
  const texts = (await columns()).filter(({ type }) =>
    /^(text|character varying|character\(|json)/.test(type),
  );
  expect(texts.length).toBeGreaterThan(30);
  const open = texts.filter(({ place, checked }) => !checked && !OF_PACKAGES.test(place));
  expect(open.map(({ place }) => place)).toEqual([]);
  const [row] = await test.database.infrastructure('test', (tx) =>
    tx.query<{ plain: boolean; harmless: boolean }>(
      `SELECT holds_no_card_number('please charge 4242424242424242') AS plain, holds_no_card_number('pi 4242') AS harmless`,
    ),
  );
  expect(row).toEqual({ plain: false, harmless: true });
});

it('[GOV-06] compliance and managers read every item of SAQ A with what shows it; nobody else does', async () => {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const query = '{ controls(framework: PCI_SAQ_A) { id what tests owner } }';
  for (const role of ['COMPLIANCE', 'MANAGER'] as const) {
    const { data } = await test.ask(staffOf(organizationId, role), query);
    expect(data?.['controls']).toEqual(
      SAQ_A.map(({ id, what, tests, owner }) => ({ id, what, tests, owner })),
    );
  }
  const { data } = await test.ask(client, query);
  expect(data?.['controls'] ?? null).toBeNull();
});
