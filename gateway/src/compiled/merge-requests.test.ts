import { parse, validate, buildSchema } from 'graphql';
import { mergedRequest } from './merge-requests.ts';
import type { PlannedFetch } from './plan.ts';

const fetchOf = (text: string, variables: string[] = []): PlannedFetch => ({
  service: 'people',
  text,
  operationName: 'Q__people__1',
  operationKind: 'query',
  variables,
  path: [],
  requires: [],
  inputRewrites: [],
  outputRewrites: [],
});
const schema = buildSchema(`
  scalar _Any  union _Entity = Person | Dog
  type Person { name(long: Boolean): String friend: Person }
  type Dog { name(long: Boolean): String }
  type Query { _entities(representations: [_Any!]!): [_Entity]! }`);

it('keeps every part whole: own representations, own fragments, the client’s variables once', () => {
  const { text, variables, parts, operationName } = mergedRequest([
    fetchOf(
      'query Q__people__1($representations:[_Any!]!,$long:Boolean){_entities(representations:$representations){...on Person{...F friend{...F}}}}fragment F on Person{name(long:$long)}',
      ['long'],
    ),
    fetchOf(
      'query Q__people__2($representations:[_Any!]!,$long:Boolean,$representations1:Boolean){_entities(representations:$representations){...on Dog{...F b:name(long:$representations1)}}}fragment F on Dog{name(long:$long)}',
      ['long', 'representations1'],
    ),
  ]);
  expect(validate(schema, parse(text))).toEqual([]);
  expect(operationName).toBe('Q__people__1');
  expect(variables).toEqual(['long', 'representations1']);
  // A variable of the client's that is called as ours would be keeps its name; ours gives way.
  expect(parts.map(({ key, variable }) => [key, variable])).toEqual([
    ['entities0', 'representations0'],
    ['entities1', 'representations1_'],
  ]);
  expect(text).toContain('entities1:_entities(representations:$representations1_)');
  expect(text).toContain('fragment F_0 on Person{name(long:$long)}fragment F_1 on Dog{name(long:$long)}');
});
