import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { testsByTag, type NamedTest } from '../asvs/test-titles.ts';

export interface ControlItem {
  readonly id: string;
  readonly what: string;
  readonly tests: readonly string[];
  readonly owner: string | null;
}

/** The items, from the service that answers for them in the graph. */
export async function readItems(root: string): Promise<readonly ControlItem[]> {
  const file = join(root, 'services/payments/src/controls/saq-a.ts');
  return ((await import(file)) as { SAQ_A: readonly ControlItem[] }).SAQ_A;
}

const PAGE = 'docs/pci-saq-a.md';
const TESTS_SHOWN = 2;
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '\\<').replaceAll('*', '\\*');

/** What stands in the last column. Throws for an item that nothing shows and nobody answers for. */
export function evidenceOf(
  { id, tests, owner }: ControlItem,
  byTag: ReadonlyMap<string, readonly NamedTest[]>,
): string {
  if (tests.length === 0 && (owner ?? '') === '') {
    throw new Error(
      `SAQ A ${id}: name a test that shows it, or who answers for it (services/payments/src/controls/saq-a.ts).`,
    );
  }
  const named = tests.flatMap((tag) => {
    const carriers = byTag.get(tag) ?? [];
    if (carriers.length === 0) throw new Error(`SAQ A ${id}: no test carries [${tag}].`);
    return carriers.slice(0, TESTS_SHOWN);
  });
  const shown = named
    .slice(0, TESTS_SHOWN)
    .map(({ guarantees, file }) => `${cell(guarantees)} (\`${file}\`)`);
  return owner === null ? shown.join('; ') : `answered for by ${owner}`;
}

/** docs/pci-saq-a.md, made from the items and the tests that carry their tags. */
export async function saqAPage(root: string): Promise<Readonly<Record<string, string>>> {
  const byTag = testsByTag(root);
  const rows = (await readItems(root)).map(
    (item) => `| ${item.id} | ${cell(item.what)} | ${evidenceOf(item, byTag)} |`,
  );
  const text = [
    '# PCI DSS: self-assessment questionnaire A',
    '',
    'Written by `npm run generate` from `services/payments/src/controls/saq-a.ts`. A business that takes cards through Kept and a',
    'payment provider’s own page or form answers SAQ A (PCI DSS v4.0.1, revision 1 of January 2025: without 6.4.3, 11.6.1 and',
    '12.3.1, with the criterion that its site is not open to attacks by scripts, E6). The words are ours; the form itself is the',
    'PCI Security Standards Council’s, and what it says counts. Items LAW are clauses 3, 4 and 10 of the standard that requirement LAW-53 names.',
    'The same table is `controls(framework: PCI_SAQ_A)` in the graph.',
    '',
    '| item | what it asks for | shown by |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
  const path = join(root, PAGE);
  return { [PAGE]: await format(text, { ...(await resolveConfig(path)), filepath: path }) };
}
