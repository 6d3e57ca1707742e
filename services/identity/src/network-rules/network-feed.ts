import type { Transaction } from '@kept/database';

interface Told {
  readonly organization: string;
  readonly line: string;
}

// Addresses and rules of all organizations, each in a line of its own: one that has many keeps nobody else's from being read.
const READ = `
SELECT organization_id AS organization, json_build_object('type', 'network', 'organization', organization_id,
  'rules', (SELECT coalesce(json_agg(json_build_object('id', id, 'mode', mode, 'roles', roles, 'allow', allow::text[],
      'deny', deny::text[], 'allowCountries', allow_countries, 'denyCountries', deny_countries) ORDER BY set_at, id), '[]')
    FROM network_rule r WHERE r.organization_id = o.organization_id AND r.ended_at IS NULL),
  'passes', (SELECT coalesce(json_agg(json_build_object('network', network, 'until', open_until) ORDER BY open_until), '[]')
    FROM network_pass p WHERE p.organization_id = o.organization_id AND p.open_until > $1))::text AS line
FROM (SELECT DISTINCT organization_id FROM network_rule WHERE ended_at IS NULL) o`;

/** What gateways are told of each organization that has rules: its rules, and the networks that a pass has opened. */
export async function networksInForce(tx: Transaction, now: Date): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.query<Told>(READ, [now]);
  return new Map(rows.map(({ organization, line }) => [organization, line]));
}

/** The lines that say what changed between two looks; an organization without rules any more is told as such. */
export function changedNetworks(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const changed = [...after].filter(([id, line]) => before.get(id) !== line).map(([, line]) => line);
  const gone = [...before.keys()].filter((id) => !after.has(id));
  return [
    ...changed,
    ...gone.map((organization) => JSON.stringify({ type: 'network', organization, rules: [], passes: [] })),
  ];
}
