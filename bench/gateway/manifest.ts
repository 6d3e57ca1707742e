import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory with one manifest of these documents: production answers no others (docs/clients.md). */
export function manifestOf(...documents: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'kept-bench-documents-'));
  const operations = documents.map((body) => ({
    id: createHash('sha256').update(body).digest('hex'),
    body,
  }));
  const manifest = { format: 'apollo-persisted-query-manifest', version: 1, operations };
  writeFileSync(join(directory, 'bench.json'), JSON.stringify(manifest));
  return directory;
}
