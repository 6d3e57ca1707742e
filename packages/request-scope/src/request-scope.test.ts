import { setImmediate as turn } from 'node:timers/promises';
import { currentRequest, withinRequest } from './request-scope.ts';

const readLater = async () => {
  await turn();
  return currentRequest()?.requestId;
};

it('is the same however many promises later, and another beside it', async () => {
  const both = ['one', 'two'].map((requestId) => withinRequest({ requestId }, readLater));
  expect(await Promise.all([...both, readLater()])).toEqual(['one', 'two', undefined]);
});

it('ends with the work', () => {
  expect(withinRequest({ requestId: 'one' }, () => currentRequest()?.requestId)).toBe('one');
  expect(currentRequest()).toBeUndefined();
});
