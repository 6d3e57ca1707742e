import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evidenceOf, readItems, saqAPage } from './pci/saq-a-page.ts';

const root = join(import.meta.dirname, '..');

it('[GOV-06] every item of SAQ A has a test that shows it or somebody who answers for it, and docs/pci-saq-a.md says which', async () => {
  for (const [page, text] of Object.entries(await saqAPage(root))) {
    expect(readFileSync(join(root, page), 'utf8')).toBe(text);
  }
  const items = await readItems(root);
  expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
});

it('[GOV-06] an item with neither, or with a test that is none, fails the build', () => {
  const item = { id: '9.9.9', what: 'something', owner: null };
  expect(() => evidenceOf({ ...item, tests: [] }, new Map())).toThrow('who answers for it');
  expect(() => evidenceOf({ ...item, tests: ['PAY-99'] }, new Map())).toThrow('no test carries [PAY-99]');
});
