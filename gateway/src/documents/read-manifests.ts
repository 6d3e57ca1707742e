import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { ManifestRefused, readManifest, type Manifest } from './manifest.ts';

const FILES_MAX = 1_000;
const FILE_BYTES_MAX = 16 * 1024 * 1024;
const DOCUMENTS_MAX = 20_000;
const PROBLEMS_MAX = 20;
const SIDECAR = '.about.json';

/** Throws what is wrong with a text: it does not parse, does not fit the schema, or asks for too much. */
export type CheckDocument = (text: string) => void;

/**
 * Reads every manifest (`*.json`) of a directory and checks every document of it. Throws `ManifestRefused` with all that
 * is wrong, each naming its file and document: a set is used whole or not at all.
 */
export async function readManifests(directory: string, check: CheckDocument): Promise<Manifest[]> {
  const files = await filesOf(directory);
  const problems: string[] = [];
  const manifests: Manifest[] = [];
  for (const file of files.filter((name) => !name.endsWith(SIDECAR))) {
    try {
      const about = file.replace(/\.json$/, SIDECAR);
      const manifest = readManifest({
        file,
        json: await readJson(directory, file),
        ...(files.includes(about) && { about: await readJson(directory, about) }),
      });
      manifests.push(manifest);
      problems.push(...(await problemsOf(manifest, check)));
    } catch (error) {
      if (!(error instanceof ManifestRefused)) throw error;
      problems.push(...error.problems);
    }
  }
  const documents = manifests.reduce((sum, manifest) => sum + manifest.documents.length, 0);
  if (documents > DOCUMENTS_MAX) problems.push(`More than ${DOCUMENTS_MAX} documents in all manifests.`);
  if (problems.length > 0) throw new ManifestRefused(problems.slice(0, PROBLEMS_MAX));
  return manifests;
}

/** What tells one state of a directory from another, without reading its files. */
export async function stateOf(directory: string): Promise<string> {
  const files = await filesOf(directory);
  const states = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs, ino } = await stat(join(directory, file));
      return `${file}:${size}:${mtimeMs}:${ino}`;
    }),
  );
  return states.join('\n');
}

async function filesOf(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new ManifestRefused([`The directory of manifests cannot be read: ${wordsOf(cause)}`]);
  });
  const files = names.filter((name) => name.endsWith('.json') && !name.startsWith('.')).toSorted();
  if (files.length > FILES_MAX) throw new ManifestRefused([`More than ${FILES_MAX} files of manifests.`]);
  return files;
}

async function readJson(directory: string, file: string): Promise<unknown> {
  const path = join(directory, file);
  const { size } = await stat(path);
  if (size > FILE_BYTES_MAX) throw new ManifestRefused([`${file} is larger than ${FILE_BYTES_MAX} bytes.`]);
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new ManifestRefused([`${file} is not JSON: ${wordsOf(cause)}`]);
  }
}

// Validating takes about a millisecond a document: requests get their turn in between.
async function problemsOf({ file, documents }: Manifest, check: CheckDocument): Promise<string[]> {
  const problems: string[] = [];
  for (const { ids, text } of documents) {
    await breathe();
    try {
      check(text);
    } catch (error) {
      const name = /\b(?:query|mutation|subscription)\s+(\w+)/.exec(text)?.[1];
      problems.push(`${file}: the document ${name ?? 'without a name'} (${ids[0]}): ${wordsOf(error)}`);
    }
  }
  return problems;
}

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
