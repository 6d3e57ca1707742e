import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for what writes much, such as a database: in memory when the test runner found room there. */
export function quickFolder(prefix: string): string {
  const folder = mkdtempSync(join(process.env['KEPT_TEST_FOLDER'] ?? tmpdir(), prefix));
  // As root PostgreSQL runs under another account, and would go elsewhere than into a folder that it cannot enter.
  chmodSync(folder, 0o755);
  return folder;
}
