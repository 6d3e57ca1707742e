import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository, repositoryFiles, runCommand } from './command.ts';

const isGenerated = (file: string): boolean =>
  file.endsWith('/schema-types.ts') ||
  file === 'gateway/supergraph.graphql' ||
  file === 'docs/access-matrix.md';

async function fingerprints(): Promise<Map<string, string>> {
  const files = (await repositoryFiles()).filter(isGenerated);
  const hashed = files.map(async (file): Promise<[string, string]> => {
    const text = await readFile(join(repository, file)).catch(() => Buffer.from('missing'));
    return [file, createHash('sha256').update(text).digest('hex')];
  });
  return new Map(await Promise.all(hashed));
}

/** Generates again and compares. What was stale is current afterwards, so that the way out is a commit. */
export async function staleGeneratedFiles(): Promise<string[]> {
  const before = await fingerprints();
  const generate = ['--import', 'tsx', '--conditions=source', 'scripts/generate.ts'];
  const { code, output } = await runCommand(process.execPath, generate);
  if (code !== 0) return [output.trim()];
  const after = await fingerprints();
  return [...after.keys()]
    .filter((file) => before.get(file) !== after.get(file))
    .map(
      (file) =>
        `${file} was not what \`npm run generate\` writes. It is now: look at the difference and commit it.`,
    );
}
