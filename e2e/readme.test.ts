// The README is the first thing anybody tries. What it says one gets is what one gets.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSharedStack, type Stack } from './stack.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
let stack: Stack;

beforeAll(async () => {
  stack = await openSharedStack();
}, 180_000);
afterAll(async () => stack?.stop());

it('the first query answers as the README shows', async () => {
  const section = readme.slice(readme.indexOf('## The first query'), readme.indexOf('## One booking'));
  const body = / -d '(.+)'$/m.exec(section)?.[1] ?? '';
  const headers = [...section.matchAll(/-H '([^:]+): ([^']+)'/g)].map((match) => [
    match[1] ?? '',
    match[2] ?? '',
  ]);
  const shown = /```json\n([\s\S]+?)```/.exec(section)?.[1] ?? '';
  const response = await fetch(stack.graphUrl, {
    method: 'POST',
    headers: Object.fromEntries(headers),
    body,
  });
  expect(await response.json()).toEqual(JSON.parse(shown));
});

it.each([...readme.matchAll(/\]\((?!http|#)([^)#]+)/g)].map((match) => match[1] ?? ''))(
  'the link to %s leads somewhere',
  (path) => {
    expect(() => readFileSync(join(import.meta.dirname, '..', path))).not.toThrow(/ENOENT/);
  },
);
