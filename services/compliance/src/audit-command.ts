import { readFile } from 'node:fs/promises';
import { runAuditCommand } from './audit/audit-command.ts';
import { readAuditConfig } from './config.ts';
import { openComplianceDatabase } from './database.ts';

// `node dist/audit-command.js verify|prove|checkpoint`: for whoever runs compliance, and for `npm run audit`.
const print = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  const config = readAuditConfig();
  const publicKey = config.KEPT_TRUSTED_KEYS['compliance'];
  if (publicKey === undefined) throw new Error('KEPT_TRUSTED_KEYS names no key of compliance.');
  const database = await openComplianceDatabase({
    DATABASE_URL: config.DATABASE_URL,
    KEPT_DATABASE_CONNECTIONS: 2,
  });
  try {
    process.exitCode = await runAuditCommand(process.argv.slice(2), {
      database,
      publicKey,
      readText: (path) => readFile(path, 'utf8'),
      print,
    });
  } finally {
    await database.close();
  }
} catch (error) {
  process.stderr.write(`audit: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
