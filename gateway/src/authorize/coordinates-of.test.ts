import { ALLOW, CONDITIONAL, openDecisions, PURPOSES, readAccessMap } from '@kept/access-policy';
import { buildASTSchema, parse, validate } from 'graphql';
import { composeGraph } from '../compose/compose-graph.ts';
import { ANNA, DORA, PARTS } from '../test-graph/subgraphs.ts';
import { coordinatesOf } from './coordinates-of.ts';

const supergraph = parse(
  composeGraph(Object.entries(PARTS).map(([name, { typeDefs }]) => ({ name, typeDefs }))),
);
const schema = buildASTSchema(supergraph, { assumeValidSDL: true });
const decisions = openDecisions(readAccessMap(supergraph));
const of = (text: string): string[] => {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  return [...coordinatesOf(document, { schema, decisions })].map(
    (number) => decisions.coordinates[number] ?? '',
  );
};

describe('the coordinates of an operation', () => {
  it('are the same whatever is written around its fields', () => {
    const plain = of('{ staff { salary } }');
    expect(plain.toSorted()).toEqual(['Query.staff', 'StaffMember.salary']);
    for (const same of [
      '{ staff { x: salary y: salary } }',
      '{ ... { staff { ... on StaffMember { salary } } } }',
      '{ staff { ...A } } fragment A on StaffMember { ...B } fragment B on StaffMember { salary }',
      'query ($no: Boolean!) { staff @skip(if: $no) { salary @include(if: false) } }',
    ])
      expect(of(same)).toEqual(plain);
  });

  it('[gateway A20] [gateway A21] hold every argument that is given and every input field that can come in a variable', () => {
    expect(of('query ($f: ClientFilter) { clients(filter: $f) { id } }').toSorted()).toEqual([
      'Client.id',
      'ClientFilter.and',
      'ClientFilter.email',
      'ClientFilter.name',
      'Query.clients',
      'Query.clients(filter:)',
    ]);
    expect(of('{ clients(orderByEmail: true, filter: { and: [{ name: "x" }] }) { id } }')).toEqual(
      expect.arrayContaining(['Query.clients(orderByEmail:)', 'ClientFilter.and', 'ClientFilter.name']),
    );
    expect(of('{ clients(filter: { name: "x" }) { id } }')).not.toContain('ClientFilter.email');
  });

  it('name the interface or the object, as it was asked, and __typename on either', () => {
    expect(of('{ named { email ... on Client { birthday } } parties { __typename } }').toSorted()).toEqual([
      'Client.birthday',
      'Named.email',
      'Party.__typename',
      'Query.named',
      'Query.parties',
    ]);
  });

  it('are none of introspection, which is decided elsewhere', () => {
    expect(
      of('{ __schema { types { name } } __type(name: "Vault") { name } services { name } }').toSorted(),
    ).toEqual(['Query.services', 'Service.name']);
  });

  it('cannot be worked out where the policy does not know one: nothing is decided by guessing', () => {
    const forgetful = {
      numberOf: (name: string) => (name === 'Client.birthday' ? undefined : decisions.numberOf(name)),
    };
    const document = parse(`{ client(id: "${ANNA}") { birthday } }`);
    expect(() => coordinatesOf(document, { schema, decisions: forgetful })).toThrow('Client.birthday');
  });

  it('decide an operation that may go whole by themselves: each is allowed or up to the row', () => {
    const document = parse(`{ client(id: "${DORA}") { id email } }`);
    const table = decisions.tableFor(['PUBLIC', 'SIGNED_IN', 'MANAGER'], PURPOSES);
    const answers = [...coordinatesOf(document, { schema, decisions })].map((number) => table[number]);
    expect(answers.every((answer) => answer === ALLOW || answer === CONDITIONAL)).toBe(true);
  });
});
