// `npm run suites -- NAME PATH`: runs a test suite of somebody else's against this graph's parts, from a checkout outside
// this repository. None of them is a dependency of ours; docs/architecture.md says where to get them and what they gave.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { runFederationAudit } from './suites/federation-audit.ts';
import { runSubgraphCompatibility } from './suites/subgraph-compatibility.ts';

const SUITES: Readonly<Record<string, (path: string) => Promise<boolean>>> = {
  'federation-audit': runFederationAudit,
  'subgraph-compatibility': runSubgraphCompatibility,
};

async function main(): Promise<number> {
  const [name = '', path = ''] = process.argv.slice(2);
  const run = Object.hasOwn(SUITES, name) ? SUITES[name] : undefined;
  if (!run || !existsSync(path)) {
    process.stderr.write(
      `npm run suites -- NAME PATH, where NAME is one of ${Object.keys(SUITES).join(', ')}, and PATH is its installed checkout.\n`,
    );
    return 1;
  }
  return (await run(resolve(path))) ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 1;
});
