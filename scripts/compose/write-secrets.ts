// `npm run compose:secrets`: makes every secret of one installation for `docker compose up`. Never overwrites: the root
// keys in an old file are what opens the data.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoOrganizations, newSecrets, sentenceFor } from '@kept/local-stack';
import { secretsFile } from './secrets-file.ts';

const root = join(import.meta.dirname, '../..');

try {
  const secrets = newSecrets();
  await writeFile(join(root, '.env'), secretsFile(secrets), { mode: 0o600, flag: 'wx' });
  // Mounted into a container that runs as another account, so others may read it: passwords of the demo only.
  const accounts = JSON.stringify({ organizations: demoOrganizations, accounts: secrets.accounts }, null, 2);
  await writeFile(join(root, '.env-demo-accounts.json'), accounts, { mode: 0o644 });
  process.stdout.write(
    '.env is written, for your eyes only. Keep a copy somewhere safe, then: docker compose up --build\n',
  );
} catch (error) {
  const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
  process.stderr.write(
    exists
      ? 'There is a .env already. It holds the keys to the data, so it stays as it is.\n'
      : `${sentenceFor(error)}\n`,
  );
  process.exitCode = 1;
}
