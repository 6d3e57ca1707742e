// A link of a mail that leads nowhere is noticed by whoever needs it most: somebody who is shut out, or was not asked.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** What services write behind the address of the app: `${base}/unlock#…`. */
const pages = new Set(
  readdirSync(join(root, 'services'), { withFileTypes: true }).flatMap(({ name }) =>
    readdirSync(join(root, 'services', name, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !/\.test\.ts$|for-tests|test-/.test(path))
      .flatMap((path) => [
        ...read(join('services', name, 'src', path)).matchAll(
          /(?:publicUrl[^`}]*|base)\}\/([a-z][a-z-]*)[#?`]/g,
        ),
      ])
      .map(([, page]) => page ?? ''),
  ),
);

it('each page that a mail leads to has a word in development and a line for those who run it', () => {
  expect([...pages]).toEqual(expect.arrayContaining(['manage', 'not-me', 'invitation', 'unlock', 'privacy']));
  const places = read('gateway/src/edge/development-pages.ts');
  const operations = read('docs/operations.md');
  for (const page of pages) {
    expect(places).toContain(`'/${page}':`);
    expect(operations).toMatch(new RegExp(`\`/${page}[#?\`]`));
  }
});
