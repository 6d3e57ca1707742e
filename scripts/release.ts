// `npm run release -- 0.2.0`: makes today's graph a release: what clients may rely on from now on, and what later graphs are
// compared with. Writes docs/graph/releases/0.2.0.graphql and everything beside it; commit what it wrote.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GRAPH_FOLDER } from './release/graph-files.ts';

const root = join(import.meta.dirname, '..');

function generate(): void {
  const command = ['--import', 'tsx', '--conditions=source', 'scripts/generate.ts'];
  if (spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' }).status !== 0)
    throw new Error('Nothing is released: what is generated cannot be written.');
}

try {
  const version = process.argv[2] ?? '';
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error('Say which version: npm run release -- 0.2.0');
  const file = join(root, GRAPH_FOLDER, 'releases', `${version}.graphql`);
  if (existsSync(file)) throw new Error(`${version} is released already; a release never changes.`);
  generate();
  const schema = readFileSync(join(root, GRAPH_FOLDER, 'schema.graphql'), 'utf8');
  mkdirSync(join(root, GRAPH_FOLDER, 'releases'), { recursive: true });
  writeFileSync(file, `# ${version}, ${new Date().toISOString().slice(0, 10)}\n\n${schema}`);
  // They were breaks against the release before; from this one on they are how it is.
  const accepted = join(root, GRAPH_FOLDER, 'accepted-breaks.json');
  if (existsSync(accepted)) renameSync(accepted, file.replace(/graphql$/, 'breaks.json'));
  generate();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
