import { buildASTSchema, graphql, isObjectType, parse } from 'graphql';
import { buildAbility, type Relations } from './ability.ts';
import { accessSdl } from './audiences.ts';
import { unguardedLists } from './guard-lists.ts';
import { guardSchema, unguardedCoordinates } from './guard-schema.ts';
import { readAccessMap } from './read-access-map.ts';
import { caller, client, staff } from './test-policy.ts';

const document = parse(`${accessSdl}
  directive @link(url: String!, import: [String!]) on SCHEMA
  schema @link(url: "https://kept.example/access/v1.0", import: ["@access"]) { query: Query }
  type Query {
    first: Booking @access(allow: [PUBLIC]) second: Booking @access(allow: [PUBLIC])
    bookings: [Booking!] @access(allow: [PUBLIC]) vault: String @access(allow: [MANAGER])
  }
  type Booking @access(allow: [SELF, FRONT_DESK, EMERGENCY]) { id: ID notes: String @access(allow: [SELF, EMERGENCY]) }`);
const access = readAccessMap(document);
const relations: Relations = { Booking: { SELF: ({ accountId }) => ({ clientId: accountId }) } };
const rows = [
  { id: '1', clientId: 'anna', notes: 'of Anna' },
  { id: '2', clientId: 'bert', notes: 'of Bert' },
];
type Context = ReturnType<typeof buildAbility>;

function open(more: { relations?: Relations } = {}) {
  const schema = buildASTSchema(document, { assumeValid: true });
  return guardSchema<Context>({ schema, access, abilityOf: (ability) => ability, ...more });
}
const ask = (who: Parameters<typeof caller>[0], readingAt?: Date) =>
  graphql({
    schema: open(),
    source: '{ first { id notes } second { id notes } vault }',
    rootValue: { first: rows[0], second: rows[1], vault: 'gold' },
    contextValue: buildAbility({ schema: access, caller: caller(who), relations, readingAt }),
  });
const list = (who: Parameters<typeof caller>[0], bookings: unknown) =>
  graphql({
    schema: open(),
    source: '{ bookings { id } }',
    rootValue: { bookings },
    contextValue: buildAbility({ schema: access, caller: caller(who), relations }),
  });

// The gateway is not trusted blindly: whatever arrives with a passport is decided again, with the row in hand.
describe('a guarded schema', () => {
  it('[gateway A16] shows each row only to those who may see it, and says at which path it did not', async () => {
    const { data, errors } = await ask(client('anna'));
    expect(data).toEqual({
      first: { id: '1', notes: 'of Anna' },
      second: { id: null, notes: null },
      vault: null,
    });
    expect(errors?.map(({ path, extensions }) => [path, extensions['code']])).toEqual([
      [['second', 'id'], 'UNAUTHORIZED_FIELD_OR_TYPE'],
      [['second', 'notes'], 'UNAUTHORIZED_FIELD_OR_TYPE'],
      [['vault'], 'UNAUTHORIZED_FIELD_OR_TYPE'],
    ]);
  });

  it('repeats the decisions by role, so that a signed but over-broad request is refused', async () => {
    const { data } = await ask(staff('fay', 'FRONT_DESK'));
    expect(data).toEqual({ first: { id: '1', notes: null }, second: { id: '2', notes: null }, vault: null });
    expect((await ask(staff('max', 'MANAGER'))).data?.['vault']).toBe('gold');
    expect((await ask({})).data?.['first']).toEqual({ id: null, notes: null });
  });

  it('[LAW-36] opens to emergency access while it lasts, in queries alone, and to nobody else', async () => {
    const until = Date.UTC(2030, 0, 1) / 1_000;
    const inEmergency = { ...staff('fay', 'BILLING'), emergencyUntil: until };
    const seenBy = async (who: typeof inEmergency, readingAt?: Date) =>
      (await ask(who, readingAt)).data?.['second'];
    const before = new Date((until - 1) * 1_000);
    expect(await seenBy(inEmergency, before)).toEqual({ id: '2', notes: 'of Bert' });
    const hidden = { id: null, notes: null };
    expect(await seenBy(inEmergency, new Date(until * 1_000))).toEqual(hidden);
    expect(await seenBy(inEmergency)).toEqual(hidden);
    expect(await seenBy({ ...inEmergency, secondFactor: false }, before)).toEqual(hidden);
    expect(await seenBy({ ...client('carl'), emergencyUntil: until }, before)).toEqual(hidden);
    expect((await ask(inEmergency, before)).data?.['vault']).toBeNull();
  });

  it('[gateway A16] gives no list at all that holds a row of which its caller may not know', async () => {
    const later = () => Promise.resolve(rows);
    const eachLater = rows.map((row) => Promise.resolve(row));
    for (const unfiltered of [rows, later, eachLater]) {
      const { data, errors } = await list(client('anna'), unfiltered);
      expect(data).toEqual({ bookings: null });
      expect(errors?.map(({ message }) => message)).toEqual([
        'Query.bookings gave a Booking of which its caller may not know: filter the list in SQL.',
      ]);
      expect((await list(staff('fay', 'FRONT_DESK'), unfiltered)).data).toEqual({
        bookings: [{ id: '1' }, { id: '2' }],
      });
    }
    const filtered = rows.filter(({ clientId }) => clientId === 'anna');
    expect((await list(client('anna'), filtered)).data).toEqual({ bookings: [{ id: '1' }] });
    expect((await list(client('anna'), null)).data).toEqual({ bookings: null });
  });

  it('[gateway A11] answers null for a reference to a row that the caller may not know of', async () => {
    const schema = buildASTSchema(document, { assumeValid: true });
    const type = schema.getType('Booking');
    if (!isObjectType(type)) throw new Error('Booking is an object');
    type.extensions = {
      apollo: {
        subgraph: {
          resolveReference: ({ id }: { id: string }) => Promise.resolve(rows.find((row) => row.id === id)),
        },
      },
    };
    guardSchema<Context>({ schema, access, abilityOf: (ability) => ability });
    const resolve = (
      type.extensions as { apollo: { subgraph: { resolveReference: (...all: unknown[]) => unknown } } }
    ).apollo.subgraph.resolveReference;
    const ability = buildAbility({ schema: access, caller: client('anna'), relations });
    expect(await resolve({ id: '1' }, ability, {})).toMatchObject({ id: '1' });
    expect(await resolve({ id: '2' }, ability, {})).toBeNull();
    expect(await resolve({ id: 'none' }, ability, {})).toBeNull();
  });

  it('leaves no coordinate open that is not for everybody', () => {
    expect(unguardedCoordinates(open(), access)).toEqual([]);
    expect(unguardedLists(open(), access)).toEqual([]);
    expect(unguardedLists(buildASTSchema(document, { assumeValid: true }), access)).toEqual([
      'Query.bookings',
    ]);
    expect(unguardedCoordinates(buildASTSchema(document, { assumeValid: true }), access)).toEqual([
      'Query.vault',
      'Booking.id',
      'Booking.notes',
    ]);
  });

  it('does not start while a relation of the schema has no meaning', () => {
    expect(() => open({ relations: {} })).toThrow(/Booking: no policy file says what SELF means/);
    expect(() => open({ relations })).not.toThrow();
  });
});
