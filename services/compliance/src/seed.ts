import { openClock, openLog } from '@kept/subgraph-kit';
import { readComplianceConfig } from './config.ts';
import { publishStandardDocuments } from './consent/standard-documents.ts';
import { openComplianceDatabase } from './database.ts';
import { openOrganization } from './organizations/open-organization.ts';

// The organizations of the demo, the same in every service's seed.
const DEMO_ORGANIZATIONS = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];

const config = readComplianceConfig();
const log = openLog({ service: 'compliance', level: config.KEPT_LOG_LEVEL });
const clock = openClock({ offsetFile: config.KEPT_CLOCK_OFFSET_FILE });
const database = await openComplianceDatabase(config, log);
try {
  for (const organizationId of DEMO_ORGANIZATIONS)
    await database.transaction(organizationId, async (tx) => {
      await openOrganization(tx, organizationId);
      await publishStandardDocuments(tx, clock());
    });
  log.info({ organizations: DEMO_ORGANIZATIONS.length }, 'the demo has its policy documents');
} finally {
  await database.close();
}
