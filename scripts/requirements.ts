// `npm run requirements`: which rows of docs/requirements.md a passing test proves, from the last `npm test`.
// `-- --json` prints {"proven":[ids],"open":[ids]}; `-- --write` brings the status column up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRows, withStatus } from './requirements/catalogue.ts';
import { provenIds, type TestReport } from './requirements/proof.ts';

const root = join(import.meta.dirname, '..');
const catalogueFile = join(root, 'docs/requirements.md');
const reportFile = join(root, '.kept-test/report.json');
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function readReport(): Promise<TestReport | null> {
  const text = await readFile(reportFile, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as TestReport);
}

async function main(words: string[]): Promise<number> {
  const catalogue = await readFile(catalogueFile, 'utf8');
  const rows = readRows(catalogue);
  const report = await readReport();
  if (!report && !words.includes('--json'))
    say('No test has run here yet, so nothing is proven: run `npm test` first.');
  const ids = new Set(rows.map((row) => row.id));
  const found = report ? provenIds(report) : { proven: new Set<string>(), failing: new Set<string>() };
  const unknown = [...found.proven, ...found.failing].filter((id) => !ids.has(id));
  const proven = rows.filter((row) => found.proven.has(row.id)).map((row) => row.id);
  const open = rows.filter((row) => !found.proven.has(row.id)).map((row) => row.id);
  if (words.includes('--write')) await writeFile(catalogueFile, withStatus(catalogue, new Set(proven)));
  if (words.includes('--json')) say(JSON.stringify({ proven, open }));
  else {
    for (const row of rows.filter(({ id }) => found.proven.has(id)))
      say(`proven  ${row.id}  ${row.requirement}`);
    say(`\n${proven.length} of ${rows.length} proven, ${open.length} open.`);
    const failing = [...found.failing].filter((id) => ids.has(id));
    if (failing.length > 0) say(`A test that names them fails: ${failing.join(', ')}`);
  }
  if (unknown.length > 0)
    process.stderr.write(`Tests name ids that are in no row: ${unknown.toSorted().join(', ')}\n`);
  return unknown.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
