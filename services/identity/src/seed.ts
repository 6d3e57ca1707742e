// The demo of `npm start`: two organizations and the people in them. Runs as often as you like; what is there stays.
import { readFile } from 'node:fs/promises';
import { ROLES } from '@kept/passport';
import { openClock, openLog } from '@kept/subgraph-kit';
import { z } from 'zod';
import { demoAccountsFile, readIdentityConfig } from './config.ts';
import { openIdentityDatabase } from './database.ts';
import { openIdentity } from './open-identity.ts';
import { createOrganization } from './organizations/create-organization.ts';
import { enterMember } from './accounts/enter-member.ts';

const demo = z.object({
  organizations: z.array(
    z.object({ id: z.uuid(), name: z.string(), timeZone: z.string(), currency: z.string() }),
  ),
  accounts: z.array(
    z.object({
      id: z.uuid(),
      organizationId: z.uuid(),
      roles: z.array(z.enum(ROLES)).min(1),
      displayName: z.string(),
      email: z.string(),
      password: z.string(),
      totpSecret: z.string().optional(),
    }),
  ),
});

const config = readIdentityConfig();
const log = openLog({ service: 'identity', level: config.KEPT_LOG_LEVEL });
const file = demoAccountsFile();
if (file === undefined) throw new Error('KEPT_DEMO_ACCOUNTS must name the file of the demo accounts.');
const { organizations, accounts } = demo.parse(JSON.parse(await readFile(file, 'utf8')));

const database = await openIdentityDatabase(config, log);
try {
  const identity = await openIdentity(config, {
    database,
    clock: openClock({ offsetFile: config.KEPT_CLOCK_OFFSET_FILE }),
    nudgeMail: () => undefined,
  });
  for (const organization of organizations) await createOrganization(identity, organization);
  for (const account of accounts) await enterMember(identity, account);
  log.info({ organizations: organizations.length, accounts: accounts.length }, 'demo accounts are there');
} finally {
  await database.close();
}
