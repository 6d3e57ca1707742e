import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const TITLE = /\b(?:it|test|each)\b.*?\(\s*(['"`])((?:\\.|(?!\1).)*?)\1\s*,/gs;
const TAG = /\[([A-Z]{3}-\d\d|(?:identity|gateway) A\d\d|payments T\d+)\]/g;

/** A test that carries a tag: what it guarantees, without its tags, and the file it stands in. */
export interface NamedTest {
  readonly guarantees: string;
  readonly file: string;
}

const testFiles = (root: string) =>
  ['packages', 'services', 'gateway', 'e2e'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts') && !/node_modules|dist\//.test(file))
      .toSorted()
      .map((file) => join(folder, file)),
  );

/** Read and not run, so that what is generated from it is the same on every machine. */
export function testsByTag(root: string): ReadonlyMap<string, readonly NamedTest[]> {
  const found = new Map<string, NamedTest[]>();
  for (const file of testFiles(root)) {
    for (const [, , title = ''] of readFileSync(join(root, file), 'utf8').matchAll(TITLE)) {
      const guarantees = title.replaceAll(TAG, '').replaceAll('\\', '').replaceAll(/\s+/g, ' ').trim();
      for (const [, tag = ''] of title.matchAll(TAG)) {
        found.set(tag, [...(found.get(tag) ?? []), { guarantees, file: basename(file) }]);
      }
    }
  }
  return found;
}

/** A whole suite stands for what it is about; it has to be there. */
export function suite(root: string, tag: string): NamedTest {
  const file = tag.replace(/^file:/, '');
  if (!existsSync(join(root, file))) throw new Error(`coverage.txt: there is no ${file}.`);
  return { guarantees: 'the suite', file: basename(file) };
}
