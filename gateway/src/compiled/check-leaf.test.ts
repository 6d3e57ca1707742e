import { buildSchema, isLeafType } from 'graphql';
import { checkLeafOf } from './check-leaf.ts';

// As JSON.parse makes it: it does not recurse, what works on its result may.
const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown;
const schema = buildSchema(
  'scalar Json enum Kind { BOOK TOY } type Query { kind: Kind json: Json float: Float int: Int id: ID }',
);
const check = (name: string) => {
  const type = schema.getType(name);
  if (!isLeafType(type)) throw new Error(`${name} is no leaf.`);
  return checkLeafOf(type);
};

it.each<[string, readonly unknown[], readonly unknown[]]>([
  ['Int', [0, -1, 2 ** 31 - 1, -(2 ** 31)], [2 ** 31, -(2 ** 31) - 1, 1.5, NaN, Infinity, '1', true, [], {}]],
  ['Float', [0, 1.5, -1e300], [NaN, Infinity, '1.5', true, []]],
  ['String', ['', 'x'], [1, true, [], {}]],
  ['Boolean', [true, false], ['true', 0, 1]],
  ['Kind', ['BOOK', 'TOY'], ['SHELF', 'book', 0, true, ['BOOK'], 'constructor', '__proto__']],
  ['Json', [{ a: [1] }, 'x', 1, false, [], nested(64)], [nested(65), nested(100_000)]],
])('a leaf of type %s passes as it is, or not at all', (name, good, bad) => {
  expect(good.map(check(name))).toEqual(good);
  expect(bad.map(check(name))).toEqual(bad.map(() => undefined));
});

it('an id is text for clients, also where a subgraph writes a number', () => {
  expect(['a', 7, 0].map(check('ID'))).toEqual(['a', '7', '0']);
  expect([1.5, true, {}, 2 ** 60].map(check('ID'))).toEqual([undefined, undefined, undefined, undefined]);
});
