import { buildASTSchema, graphql, isObjectType, parse } from 'graphql';
import { buildAbility, type Relations } from './ability.ts';
import { accessSdl } from './audiences.ts';
import { guardSchema, unguardedCoordinates } from './guard-schema.ts';
import { readAccessMap } from './read-access-map.ts';
import { caller, client, staff } from './test-policy.ts';

const document = parse(`${accessSdl}
  directive @link(url: String!, import: [String!]) on SCHEMA
  schema @link(url: "https://kept.example/access/v1.0", import: ["@access"]) { query: Query }
  type Query { bookings: [Booking!] @access(allow: [PUBLIC]) vault: String @access(allow: [MANAGER]) }
  type Booking @access(allow: [SELF, FRONT_DESK]) { id: ID notes: String @access(allow: [SELF]) }`);
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
const ask = (who: Parameters<typeof caller>[0]) =>
  graphql({
    schema: open(),
    source: '{ bookings { id notes } vault }',
    rootValue: { bookings: rows, vault: 'gold' },
    contextValue: buildAbility({ schema: access, caller: caller(who), relations }),
  });

// The gateway is not trusted blindly: whatever arrives with a passport is decided again, with the row in hand.
describe('a guarded schema', () => {
  it('[gateway A16] shows each row only to those who may see it, and says at which path it did not', async () => {
    const { data, errors } = await ask(client('anna'));
    expect(data).toEqual({
      bookings: [
        { id: '1', notes: 'of Anna' },
        { id: null, notes: null },
      ],
      vault: null,
    });
    expect(errors?.map(({ path, extensions }) => [path, extensions['code']])).toEqual([
      [['bookings', 1, 'id'], 'UNAUTHORIZED_FIELD_OR_TYPE'],
      [['bookings', 1, 'notes'], 'UNAUTHORIZED_FIELD_OR_TYPE'],
      [['vault'], 'UNAUTHORIZED_FIELD_OR_TYPE'],
    ]);
  });

  it('repeats the decisions by role, so that a signed but over-broad request is refused', async () => {
    const { data } = await ask(staff('fay', 'FRONT_DESK'));
    expect(data).toEqual({
      bookings: [
        { id: '1', notes: null },
        { id: '2', notes: null },
      ],
      vault: null,
    });
    expect((await ask(staff('max', 'MANAGER'))).data?.['vault']).toBe('gold');
    expect((await ask({})).data?.['bookings']).toEqual([
      { id: null, notes: null },
      { id: null, notes: null },
    ]);
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
