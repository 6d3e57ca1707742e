import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { OperationFile } from './make-manifest.ts';

/** The `.graphql` files of these paths, folders with everything below them, in one order everywhere. */
export function operationFiles(paths: readonly string[]): OperationFile[] {
  return paths.flatMap((path) => {
    if (!statSync(path).isDirectory()) return [{ file: basename(path), text: readFileSync(path, 'utf8') }];
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.graphql') && !file.includes('node_modules'))
      .toSorted()
      .map((file) => ({ file, text: readFileSync(join(path, file), 'utf8') }));
  });
}
