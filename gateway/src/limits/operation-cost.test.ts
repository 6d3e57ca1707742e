import fc from 'fast-check';
import {
  buildASTSchema,
  execute,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  Kind,
  parse,
  validate,
  type OperationDefinitionNode,
  type GraphQLOutputType,
} from 'graphql';
import { randomFrom, randomQuery } from '../authorize/random-operation.ts';
import { openCostModel } from './operation-cost.ts';

const COST = 'https://specs.apollo.dev/cost/v0.1';
const schemaWith = (link: string, { cost = 'cost', listSize = 'listSize' } = {}) => `
  schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "${COST}"${link}) { query: Query mutation: Mutation }
  directive @link(url: String, import: [String], as: String) repeatable on SCHEMA
  directive @${cost}(weight: Int!) on FIELD_DEFINITION | OBJECT | SCALAR | ENUM | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
  directive @${listSize}(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
  type Query {
    me: Person
    people(first: Int = 20, last: Int): [Person!] @${listSize}(assumedSize: 30, slicingArguments: ["first", "last"], requireOneSlicingArgument: false)
    exact(first: Int, last: Int): [Person] @${listSize}(slicingArguments: ["first", "last"])
    page(first: Int = 10): Page @${listSize}(slicingArguments: ["first"], sizedFields: ["nodes"])
    found: [Found!] @${listSize}(assumedSize: 4)
    named: Named
    grid: [[Person]] @${listSize}(assumedSize: 3)
    unknown: [Person]
    slots(within: Range, wide: Boolean @${cost}(weight: 7)): Int @${cost}(weight: 20)
  }
  type Mutation { change: Person  pay: Person @${cost}(weight: 50) }
  type Page { nodes: [Person!] total: Int }
  interface Named { name: String friends: [Person] @${listSize}(assumedSize: 2) }
  type Person implements Named { name: String photo: Photo boss: Person friends: [Person] }
  type Robot implements Named @${cost}(weight: 9) { name: String friends: [Person] parts: [Robot] @${listSize}(assumedSize: 5) }
  union Found = Person | Robot
  scalar Photo @${cost}(weight: 3)
  input Range { days: Int @${cost}(weight: 4) inner: Range more: [Range] }
`;
const IMPORT = ', import: ["@cost", "@listSize"]';
const plain = parse(schemaWith(IMPORT));
const schema = buildASTSchema(plain, { assumeValidSDL: true });
const model = openCostModel(schema, plain);

function costOf(query: string, variables: Record<string, unknown> = {}, of = model): number {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const operation = document.definitions.find(
    (node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION,
  );
  if (!operation) throw new Error('There is no operation.');
  return of.weigh(document, operation)(variables);
}

describe('an operation costs', () => {
  it.each([
    ['an object 1, a leaf nothing', '{ me { name boss { name } } }', 2],
    ['what the schema says of a type', '{ me { photo } }', 4],
    ['what the schema says of a field, instead of its type', '{ slots }', 20],
    ['a mutation 10, or its own weight', 'mutation { a: change { name } b: pay { name } }', 60],
    ['as many as are asked for', '{ people(first: 7) { name } }', 7],
    ['what the schema has by default', '{ people { name } }', 20],
    ['the larger of two sizes', '{ people(first: 3, last: 9) { name } }', 9],
    ['the assumed size where null is sent', '{ people(first: null) { name } }', 30],
    ['lists in lists, multiplied', '{ people(first: 5) { boss { friends { name } } } }', 5 * (1 + 1 + 2)],
    ['a connection for its entries', '{ page(first: 6) { total nodes { boss { name } } } }', 1 + 6 * 2],
    [
      'the same when they stand in a fragment',
      '{ page(first: 6) { ...P } } fragment P on Page { nodes { name } }',
      7,
    ],
    ['what nobody can know, at most what may be asked', '{ unknown { name } }', 100],
    ['rows of rows', '{ grid { name } }', 3 * 100],
    [
      'the dearest type that a union may hold',
      '{ found { ... on Person { boss { name } } ... on Robot { name } } }',
      4 * 9 + 4,
    ],
    ['the dearest branch of an interface', '{ named { name ... on Robot { parts { name } } } }', 9 + 5 * 9],
    ['arguments that weigh', '{ slots(wide: true) }', 27],
    [
      'inputs that weigh, however deep',
      '{ slots(within: { days: 1, inner: { days: 2 }, more: [{ days: 3 }, { days: 4 }] }) }',
      20 + 16,
    ],
    ['nothing for a part that is left out', '{ me @skip(if: true) { name } people(first: 2) { name } }', 2],
    ['each alias anew', '{ a: me { name } b: me { name } }', 2],
    ['nothing for the name of a type', '{ __typename }', 0],
  ])('%s', (_what, query, cost) => expect(costOf(query)).toBe(cost));

  it('what its variables make of it, each time', () => {
    const query = `query ($first: Int = 3, $deep: Boolean = false, $range: Range) {
      people(first: $first) { name friends @include(if: $deep) { name } } slots(within: $range) }`;
    expect(costOf(query)).toBe(3 + 20);
    expect(costOf(query, { first: 10 })).toBe(10 + 20);
    expect(costOf(query, { first: 10, deep: true })).toBe(10 * (1 + 2) + 20);
    expect(costOf(query, { first: 0, range: { days: 1, inner: { days: 2 } } })).toBe(20 + 8);
    expect(costOf('query ($d: Int) { slots(within: { days: $d }) }', { d: 1 })).toBe(24);
  });

  it('[gateway A28] no less for a size that is no number: it is refused later, and must not be cheap until then', () => {
    for (const first of ['1', -5, Number.NaN, {}, [1]])
      expect(costOf('query ($first: Int) { people(first: $first) { name } }', { first })).toBe(100);
  });

  it('no number so large that it overflows into a small one', () => {
    const deep = (levels: number): string => (levels === 0 ? 'name' : `friends { ${deep(levels - 1)} }`);
    expect(costOf(`{ people(first: 2147483647) { ${deep(40)} } }`)).toBe(1e12);
  });

  it('[gateway A25] one walk per selection and type: nested fragments and interfaces do not multiply it', () => {
    const levels = Array.from({ length: 24 }, (_, at) => {
      const inside = at === 23 ? 'name' : `friends { ...F${at + 1} } a: friends { ...F${at + 1} }`;
      return `fragment F${at} on Named { ... on Person { ${inside} } ... on Robot { ${inside.replace('a:', 'b:')} } }`;
    });
    const document = parse(`{ named { ...F0 } } ${levels.join(' ')}`);
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('There is no operation.');
    expect(model.weigh(document, operation)({})).toBe(1e12);
  });

  it('is refused where the schema wants a size and gets none, or two', () => {
    for (const query of ['{ exact { name } }', '{ exact(first: 1, last: 2) { name } }'])
      expect(() => costOf(query)).toThrow(/Say how many/);
    expect(costOf('{ exact(last: 2) { name } }')).toBe(2);
    expect(() => costOf('query ($n: Int) { exact(first: $n) { name } }')).toThrow(/Say how many/);
  });
});

// GHSA-g8jh-vg5j-4h3f is this mistake with another directive.
it('[gateway A4] the directives are found by their specification, whatever they are called', () => {
  const names = [
    [', import: [{ name: "@cost", as: "@price" }, { name: "@listSize", as: "@many" }]', 'price', 'many'],
    [', import: ["@cost"]', 'cost', 'cost__listSize'],
    [', as: "demand"', 'demand', 'demand__listSize'],
  ] as const;
  for (const [link, cost, listSize] of names) {
    const renamed = openCostModel(schema, parse(schemaWith(link, { cost, listSize })));
    expect(costOf('{ people(first: 2) { photo } slots }', {}, renamed)).toBe(2 * 4 + 20);
  }
});

it('never less than there are objects in the answer, whatever is asked', async () => {
  const bare = openCostModel(schema, parse('type Query { none: Int }'));
  // Every list is as long as the model must assume, so that the answer is the largest there can be.
  const made = (type: GraphQLOutputType): unknown => {
    const nullable = getNullableType(type);
    if (isListType(nullable)) return Array.from({ length: 100 }, () => made(nullable.ofType));
    if (isLeafType(nullable)) return 1;
    const [possible] = isAbstractType(nullable) ? schema.getPossibleTypes(nullable) : [nullable];
    return { __typename: possible?.name };
  };
  const objects = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + objects(item), 0);
    if (typeof value !== 'object' || value === null) return 0;
    return 1 + objects(Object.values(value));
  };
  let largest = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const query = randomQuery(schema, randomFrom(seed));
      const document = parse(query);
      const [operation] = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
      fc.pre(validate(schema, document).length === 0 && operation !== undefined);
      if (!operation) return;
      const variables = { yes: seed % 2 === 0, no: seed % 3 === 0 };
      const cost = bare.weigh(document, operation)(variables);
      fc.pre(cost < 3_000);
      const { data } = await execute({
        schema,
        document,
        variableValues: variables,
        fieldResolver: (...resolving) => made(resolving[3].returnType),
      });
      largest = Math.max(largest, objects({ ...data }));
      expect(cost).toBeGreaterThanOrEqual(objects({ ...data }) - 1);
    }),
    { numRuns: 300 },
  );
  expect(largest).toBeGreaterThan(100);
});
