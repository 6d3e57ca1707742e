import type { PathStep, Rewrite } from './plan.ts';
import { renamedPath, rewriteData } from './rewrite-data.ts';

const field = (name: string): PathStep => ({ kind: 'field', name });
const on = (...names: string[]): PathStep => ({ kind: 'types', names });
const isOfType = (typeName: unknown, condition: string) =>
  typeName === condition || (condition === 'Pet' && (typeName === 'Cat' || typeName === 'Dog'));
const rename: Rewrite = {
  kind: 'rename',
  path: [field('pets'), on('Cat')],
  key: 'name__alias_0',
  to: 'name',
};

it('gives back the client’s keys, in lists of lists, only where the type is the one', () => {
  const data = {
    pets: [
      [{ __typename: 'Cat', name__alias_0: 'Tom' }, null],
      [{ __typename: 'Dog', name__alias_0: 'Rex' }],
      [{ name__alias_0: '' }],
    ],
  };
  rewriteData(data, [rename], isOfType);
  expect(data).toEqual({
    pets: [
      [{ __typename: 'Cat', name: 'Tom' }, null],
      [{ __typename: 'Dog', name__alias_0: 'Rex' }],
      // What does not say its type was asked for under this condition alone; and empty text is a value.
      [{ name: '' }],
    ],
  });
});

it('sets a value under an abstract condition, and reaches into no prototype', () => {
  const set: Rewrite = { kind: 'set', path: [on('Pet')], key: '__typename', value: 'Pet' };
  const dog = { __typename: 'Dog', id: 1 };
  const fish = { __typename: 'Fish' };
  for (const data of [dog, fish, null, 'text']) rewriteData(data, [set], isOfType);
  expect([dog, fish]).toEqual([{ __typename: 'Pet', id: 1 }, { __typename: 'Fish' }]);
  const poisoned = {};
  rewriteData(poisoned, [{ ...set, path: [field('__proto__')], key: 'polluted' }], isOfType);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

it('names places as the client does', () => {
  expect(renamedPath(['pets', 0, 1, 'name__alias_0', 'first'], [rename])).toEqual([
    'pets',
    0,
    1,
    'name',
    'first',
  ]);
  expect(renamedPath(['dogs', 0, 'name__alias_0'], [rename])).toEqual(['dogs', 0, 'name__alias_0']);
  expect(renamedPath(['pets', 0], [rename])).toEqual(['pets', 0]);
});
