// docs/scheduling.md and docs/payments.md name constraints and tests for each promise. A name that leads nowhere would be a
// promise less.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

describe.each(['scheduling', 'payments'])('docs/%s.md', (service) => {
  const source = join(import.meta.dirname, '../services', service, 'src');
  const page = readFileSync(join(import.meta.dirname, '../docs', `${service}.md`), 'utf8');
  const migrations = readdirSync(join(source, 'migrations'))
    .map((file) => readFileSync(join(source, 'migrations', file), 'utf8'))
    .join('\n');
  // Only where promises are made: further down a page names tables, kinds and cards as well.
  const promises = service === 'payments' ? page.slice(0, page.indexOf('\n## ')) : page;
  const marked = [...promises.matchAll(/`([\w./-]+)`/g)].map((match) => match[1] ?? '');
  const constraints = marked.filter((name) => /^[a-z]+(_[a-z]+)+$/.test(name));
  const files = marked.filter((name) => /^[a-z-]+\/[\w./-]+\.ts$/.test(name) && !name.startsWith('scripts/'));

  it('names constraints and files at all', () => {
    expect([constraints.length, files.length].every((count) => count > 10)).toBe(true);
  });

  it.each(constraints)('%s is a constraint or an index of PostgreSQL', (name) => {
    expect(migrations).toMatch(new RegExp(`(CONSTRAINT|INDEX) ${name}\\b`));
  });

  it.each(files)('%s is there', (path) => expect(existsSync(join(source, path))).toBe(true));
});
