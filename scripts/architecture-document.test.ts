// docs/architecture.md leads a newcomer from step to step by file name. A name that leads nowhere is worse than none.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
const named = [...page.matchAll(/`((?:services|packages|gateway|docs)\/[\w./-]+)`/g)].map(
  (match) => match[1] ?? '',
);

it('names files and folders at all', () => expect(named.length).toBeGreaterThan(8));

it.each(named)('%s is there', (path) => {
  expect(existsSync(join(root, path))).toBe(true);
});
