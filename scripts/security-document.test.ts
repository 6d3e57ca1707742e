// docs/security.md says which attacks have a test. A claim without a test, and a test without a line, are both wrong.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const ATTACK = /\[((?:gateway|identity) A\d+|payments T\d+)\]/g;

function testedAttacks(): Set<string> {
  const files = ['packages', 'services', 'gateway', 'e2e'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts') && !/node_modules|dist/.test(file))
      .map((file) => join(root, folder, file)),
  );
  return new Set(
    files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(ATTACK)].map((match) => match[1] ?? '')),
  );
}

it('every attack in docs/security.md is tested exactly when the page says so', () => {
  const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
  const lines = [...page.matchAll(/^\| ((?:gateway|identity) A\d+|payments T\d+) .*\| (yes|open) +\|$/gm)];
  const said = new Set(lines.filter((line) => line[2] === 'yes').map((line) => line[1] ?? ''));
  expect([...said].toSorted()).toEqual([...testedAttacks()].toSorted());
  expect(lines.length).toBeGreaterThan(100);
});
