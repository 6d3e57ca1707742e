import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository, repositoryFiles } from './command.ts';

const read = (file: string): Promise<string> => readFile(join(repository, file), 'utf8').catch(() => '');

async function readmeProblems(): Promise<string[]> {
  const readme = await read('README.md');
  return ['npm start', 'npm test']
    .filter((command) => !readme.includes(command))
    .map((command) => `README.md does not name \`${command}\`.`);
}

async function workspaceReadmes(workspaces: string[]): Promise<string[]> {
  return workspaces
    .filter((workspace) => !existsSync(join(repository, workspace, 'README.md')))
    .map(
      (workspace) => `${workspace} has no README.md: what it owns, what comes in and out, what always holds.`,
    );
}

/** Whether a table row begins with the package, alone or in a list, with or without its version; `@scope/*` counts too. */
export function isExplained(page: string, name: string): boolean {
  const family = name.replace(/\/.*$/, '/*');
  const cells = page.split('\n').flatMap((line) => (line.startsWith('| ') ? [line.split('|')[1] ?? ''] : []));
  const named = cells.flatMap((cell) =>
    cell.split(',').map((part) => part.replaceAll('`', '').trim().split(' ')[0]),
  );
  return named.includes(name) || (name.startsWith('@') && named.includes(family));
}

/** Every dependency is bought with a sentence: what we would have to write instead. */
async function unexplainedDependencies(manifests: string[]): Promise<string[]> {
  const explained = await read('docs/dependencies.md');
  const names = new Set<string>();
  for (const manifest of manifests) {
    const { dependencies = {} } = JSON.parse(await read(manifest)) as {
      dependencies?: Record<string, string>;
    };
    for (const name of Object.keys(dependencies)) if (!name.startsWith('@kept/')) names.add(name);
  }
  return [...names]
    .toSorted()
    .filter((name) => !isExplained(explained, name))
    .map(
      (name) => `docs/dependencies.md does not say why we have \`${name}\` and what we would write instead.`,
    );
}

/** Links between our own Markdown files that lead nowhere. */
async function deadLinks(files: string[]): Promise<string[]> {
  const dead: string[] = [];
  for (const file of files.filter((name) => name.endsWith('.md'))) {
    for (const [, target = ''] of (await read(file)).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      if (!existsSync(join(repository, file, '..', target)))
        dead.push(`${file} links to ${target}, which is not there.`);
    }
  }
  return dead;
}

export async function missingDocs(): Promise<string[]> {
  const files = await repositoryFiles();
  const manifests = files.filter((file) =>
    /^(packages\/[^/]+|services\/[^/]+|gateway)\/package\.json$/.test(file),
  );
  const workspaces = manifests.map((manifest) => manifest.replace('/package.json', ''));
  const found = await Promise.all([
    readmeProblems(),
    workspaceReadmes(workspaces),
    unexplainedDependencies(manifests),
    deadLinks(files),
  ]);
  return found.flat();
}
