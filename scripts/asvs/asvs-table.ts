import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { readCoverage, type Covered } from './coverage.ts';
import { suite, testsByTag, type NamedTest } from './test-titles.ts';

const PAGE = 'docs/security.md';
const BEGIN = '<!-- asvs: npm run generate writes from here -->';
const END = '<!-- asvs: to here -->';
/** A requirement of many tests is shown by the first ones; the tag in a test's name finds the others. */
const TESTS_SHOWN = 2;

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '\\<').replaceAll('*', '\\*');
const shown = ({ guarantees, file }: NamedTest) => `${cell(guarantees)} (\`${file}\`)`;

function proofOf(row: Covered, root: string, tests: ReadonlyMap<string, readonly NamedTest[]>): string {
  if (row.instead !== undefined) return cell(row.instead);
  const named = row.tests.map((tag) => {
    const carriers = tag.startsWith('file:') ? [suite(root, tag)] : (tests.get(tag) ?? []);
    if (carriers.length === 0) throw new Error(`coverage.txt, ${row.id}: no test carries [${tag}].`);
    return carriers;
  });
  // One of each tag before a second one of any.
  const inTurn = [...named.map(([first]) => first), ...named.flatMap((carriers) => carriers.slice(1))];
  return inTurn
    .filter((test) => test !== undefined)
    .slice(0, TESTS_SHOWN)
    .map(shown)
    .join('; ');
}

function section(root: string): string {
  const rows = readCoverage();
  const tests = testsByTag(root);
  const byTest = rows.filter(({ instead }) => instead === undefined).length;
  const short = rows.filter(({ instead }) => /^(?:open|deviates)/.test(instead ?? '')).length;
  return [
    BEGIN,
    '',
    `${rows.length} requirements of OWASP ASVS 5.0.0 apply to what is here; ${byTest} are shown by tests, ${short} are open or deviate and say so.`,
    '',
    '| ASVS | level | what meets it | shown by |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.id} | ${row.level} | ${cell(row.what)} | ${proofOf(row, root, tests)} |`),
    '',
    END,
  ].join('\n');
}

/** `docs/security.md` with its table of ASVS written anew, as prettier wants it. */
export async function securityPage(root: string): Promise<Readonly<Record<string, string>>> {
  const path = join(root, PAGE);
  const page = readFileSync(path, 'utf8');
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || after < before)
    throw new Error(`${PAGE} has lost the lines between which ASVS is written.`);
  const text = page.slice(0, before) + section(root) + page.slice(after + END.length);
  return { [PAGE]: await format(text, { ...(await resolveConfig(path)), filepath: path }) };
}
