import { buildASTSchema, parse } from 'graphql';
import { accessSdl } from './audiences.ts';
import { readAccessMap } from './read-access-map.ts';

const link = (imports: string) =>
  `extend schema @link(url: "https://kept.example/access/v1.0", import: ${imports})`;
const read = (sdl: string, imports = '["@access"]') => readAccessMap(parse(`${link(imports)}\n${sdl}`));

describe('the access map of a schema', () => {
  it('lets fields inherit from their type, arguments from their field, input fields from their input', () => {
    const map = read(`
      type Query { booking(id: ID!, secret: Int @access(allow: [MANAGER])): Booking @access(allow: [CLIENT]) }
      type Booking @access(allow: [SELF, MANAGER]) { id: ID! notes: String @access(allow: [SELF]) }
      input Filter @access(allow: [MANAGER]) { name: String email: String @access(allow: [BILLING]) }`);
    expect(map.types.get('Booking')?.fields.get('id')?.allow).toEqual(['SELF', 'MANAGER']);
    expect(map.types.get('Booking')?.fields.get('notes')?.allow).toEqual(['SELF']);
    expect(map.types.get('Query')?.fields.get('booking')?.arguments.get('id')?.allow).toEqual(['CLIENT']);
    expect(map.types.get('Query')?.fields.get('booking')?.arguments.get('secret')?.allow).toEqual([
      'MANAGER',
    ]);
    expect(map.types.get('Filter')?.fields.get('name')?.allow).toEqual(['MANAGER']);
    expect(map.types.get('Filter')?.fields.get('email')?.allow).toEqual(['BILLING']);
  });

  it('names every field, root field and input field that nobody has classified', () => {
    const bare = () =>
      read('type Query { a: Int b: A @access(allow: [PUBLIC]) } type A { c: Int } input I { d: Int }');
    expect(bare).toThrow(/Query\.a.*\n.*A\.c.*\n.*I\.d/);
  });

  it('refuses relations where there is no row yet: on root fields, arguments and inputs', () => {
    expect(() => read('type Query { a: Int @access(allow: [SELF]) }')).toThrow(/SELF depends on a row/);
    expect(() => read('input I @access(allow: [ASSIGNED_PROVIDER]) { a: Int }')).toThrow(/depends on a row/);
    expect(() =>
      read('type Query { a(b: Int @access(allow: [SELF])): Int @access(allow: [PUBLIC]) }'),
    ).toThrow(/Query\.a\(b:\)/);
  });

  it('refuses unknown audiences, an empty list and two directives at one place', () => {
    expect(() => read('type Query { a: Int @access(allow: [EVERYBODY]) }')).toThrow(/unknown audience/);
    expect(() => read('type Query { a: Int @access(allow: []) }')).toThrow(/nobody/);
    expect(() => read('type Query { a: Int @access(allow: [PUBLIC]) @access(allow: [MANAGER]) }')).toThrow(
      /more than one/,
    );
  });

  it('reads an executable schema as it reads the document it was built from', () => {
    const document = parse(`${accessSdl}
      directive @link(url: String!, import: [String!]) on SCHEMA
      schema @link(url: "https://kept.example/access/v1.0", import: ["@access"]) { query: Query }
      type Query { me: Me @access(allow: [SIGNED_IN]) }
      type Me @access(allow: [PUBLIC]) { id: ID! } extend type Me { email: String @access(allow: [MANAGER]) }`);
    expect(readAccessMap(buildASTSchema(document))).toEqual(readAccessMap(document));
  });
});

// The policy is found by the address of its specification. GHSA-g8jh-vg5j-4h3f: a renamed import was ignored; and
// GHSA-mx7m-j9xf-62hw: a rule on an interface did not bind the objects behind it.
describe('attacks on the reading of a policy', () => {
  it('[gateway A4] honours @access under another name, and the namespaced form', () => {
    const renamed = read(
      'type Query { a: Int @whoMay(allow: [MANAGER]) }',
      '[{ name: "@access", as: "@whoMay" }]',
    );
    expect(renamed.types.get('Query')?.fields.get('a')?.allow).toEqual(['MANAGER']);
    expect(() =>
      read('type Query { a: Int @access(allow: [PUBLIC]) }', '[{ name: "@access", as: "@x" }]'),
    ).toThrow(/Query\.a/);
  });

  it('[gateway A4] refuses a schema that does not link the policy at all', () => {
    expect(() => readAccessMap(parse('type Query { a: Int @access(allow: [PUBLIC]) }'))).toThrow(/@link/);
  });

  it('[gateway A1] refuses @access on an interface', () => {
    expect(() =>
      read(`interface Node { id: ID! @access(allow: [MANAGER]) }
            type Query { a: A @access(allow: [PUBLIC]) } type A implements Node @access(allow: [PUBLIC]) { id: ID! }`),
    ).toThrow(/Node: @access on an interface/);
  });

  it('[gateway A19] gives an unclassified field of a classified type the rule of its type, never none', () => {
    const map = read(
      'type A @access(allow: [MANAGER]) { b: Int } type Query { a: A @access(allow: [PUBLIC]) }',
    );
    expect(map.types.get('A')?.fields.get('b')?.allow).toEqual(['MANAGER']);
  });
});
