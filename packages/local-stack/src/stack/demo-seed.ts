import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { demoOrganizations } from './demo-accounts.ts';
import { serviceEnvironment, type Surroundings } from './environment.ts';
import { inherited, programOf, root, type Source } from './programs.ts';
import { runOnce } from './run-once.ts';
import { serviceNames, writePrivate, type StackSecrets } from './secrets.ts';

export const accountsFile = (directory: string): string => join(directory, 'accounts.json');

/** What the seeds read: who exists, and how they sign in. */
export async function writeAccounts(directory: string, secrets: StackSecrets): Promise<void> {
  const text = JSON.stringify({ organizations: demoOrganizations, accounts: secrets.accounts }, null, 2);
  await writePrivate(accountsFile(directory), text);
}

/** Fills the empty databases once. The seeds can be repeated, so a start that was cut off here simply does it again. */
export async function seedOnce(options: {
  directory: string;
  from: Source;
  surroundings: Surroundings;
}): Promise<void> {
  const { directory, from, surroundings } = options;
  const marker = join(directory, 'seeded.json');
  if (existsSync(marker)) return;
  for (const service of serviceNames) {
    await runOnce({
      what: `The demo data of ${service}`,
      nodeArguments: programOf({ from }, service, 'seed'),
      directory: root,
      environment: { ...inherited({ from }), ...serviceEnvironment(surroundings, service) },
    });
  }
  await writePrivate(marker, JSON.stringify({ seededAt: new Date().toISOString() }));
}
