import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller, Role } from '@kept/passport';
import { Fault, refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { requireCalmSession } from '../risk/assess-session.ts';
import { requireLiveSession } from '../sessions/live-session.ts';
import { isNetwork, rulesAgainst, type NetworkRule } from './judge-network.ts';
import { countUsablePasses, rulesInForce, type StoredRule } from './read-rules.ts';

const STEP_UP_SECONDS = 15 * 60;
// Gateways are told of everybody's rules: no organization may make that a burden to others.
const RULES_MAX = 50;
const ENTRIES_MAX = 200;

export type NewNetworkRule = Omit<NetworkRule, 'id'>;

/**
 * Sets a rule about where people of some roles may come from. It takes effect within two seconds, for who is signed in
 * too. A rule that would shut out whoever sets it is refused, unless codes are at hand that let them in again.
 */
export async function setNetworkRule(
  identity: Identity,
  { caller, rule }: { caller: Caller; rule: NewNetworkRule },
): Promise<StoredRule> {
  checkRule(identity, rule);
  return inSteppedUpSession(identity, caller, async (tx, { now, accountId }) => {
    if ((await rulesInForce(tx)).length >= RULES_MAX)
      throw new Fault('LIMIT_EXCEEDED', `An organization has at most ${RULES_MAX} rules. End one first.`);
    await demandWayBack(identity, tx, { caller, rule, now });
    const id = randomUUID();
    await tx.query(
      `INSERT INTO network_rule (id, organization_id, name, mode, roles, allow, deny, allow_countries, deny_countries,
         set_by, set_at)
       SELECT $1, $2, $3, $4, $5, ARRAY(SELECT network(n::inet)::cidr FROM unnest($6::text[]) n),
         ARRAY(SELECT network(n::inet)::cidr FROM unnest($7::text[]) n), $8, $9, $10, $11`,
      [
        id,
        tx.organizationId,
        rule.name,
        rule.mode,
        rule.roles,
        rule.allow,
        rule.deny,
        rule.allowCountries,
        rule.denyCountries,
        accountId,
        now,
      ],
    );
    await record(tx, { caller, now, change: 'set', rule: id, mode: rule.mode });
    const stored = (await rulesInForce(tx)).find((candidate) => candidate.id === id);
    if (!stored) throw new Error('A network rule was not written.');
    return stored;
  });
}

/** Ends a rule. What it was stays readable, and so does who ended it. */
export async function endNetworkRule(
  identity: Identity,
  { caller, id }: { caller: Caller; id: string },
): Promise<Date> {
  return inSteppedUpSession(identity, caller, async (tx, { now, accountId }) => {
    const ended = await tx.query(
      `UPDATE network_rule SET ended_at = $3, ended_by = $4
       WHERE id::text = $1 AND organization_id = $2 AND ended_at IS NULL RETURNING id`,
      [id.toLowerCase(), tx.organizationId, now, accountId],
    );
    if (ended.length === 0) throw refused.notFound('network rule');
    await record(tx, { caller, now, change: 'ended', rule: id.toLowerCase() });
    return now;
  });
}

/** In the session's own transaction, once it was seen to be live and fresh. */
export async function inSteppedUpSession<Result>(
  identity: Identity,
  caller: Caller,
  work: (tx: Transaction, of: { now: Date; accountId: string }) => Promise<Result>,
): Promise<Result> {
  const now = identity.clock();
  if (!caller.roles.includes('MANAGER')) throw refused.forbidden();
  requireRecentSecondFactor(caller, { now, maxAgeSeconds: STEP_UP_SECONDS });
  await requireCalmSession(identity, caller);
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const { accountId } = await requireLiveSession(tx, caller, now);
    return work(tx, { now, accountId });
  });
}

function checkRule({ addressBook }: Identity, rule: NewNetworkRule): void {
  const { allow, deny, allowCountries, denyCountries } = rule;
  const countries = [...allowCountries, ...denyCountries];
  const entries = allow.length + deny.length + countries.length;
  if (rule.name.trim().length < 1 || rule.name.length > 100)
    throw refused.badInput('Say in 1 to 100 characters what the rule is for.', { field: 'name' });
  if (rule.roles.length === 0) throw refused.badInput('Say for which roles it is.', { field: 'roles' });
  if (entries < 1 || entries > ENTRIES_MAX)
    throw refused.badInput(`A rule names 1 to ${ENTRIES_MAX} networks and countries.`, { field: 'allow' });
  const wrong = [...allow, ...deny].find((network) => !isNetwork(network));
  if (wrong !== undefined)
    throw refused.badInput('Write networks as 203.0.113.0/24 or 2001:db8::/32.', { field: 'allow' });
  if (countries.some((country) => !/^[A-Z]{2}$/.test(country)))
    throw refused.badInput('Write countries as two capital letters (ISO 3166-1), such as GB.', {
      field: 'allowCountries',
    });
  // A rule that nobody can ask would keep everybody out, or nobody.
  if (countries.length > 0 && !addressBook.knowsCountries)
    throw refused.badInput('Countries cannot be told apart here: the operator has set no database of them.', {
      field: 'allowCountries',
    });
}

async function demandWayBack(
  { addressBook }: Identity,
  tx: Transaction,
  { caller, rule, now }: { caller: Caller; rule: NewNetworkRule; now: Date },
): Promise<void> {
  const address = caller.networkAddress;
  const country = addressBook.lookUp(address).place?.country ?? null;
  const roles: readonly Role[] = caller.roles;
  if (rule.mode !== 'ENFORCE') return;
  if (rulesAgainst([{ ...rule, id: '' }], { roles, address, country }).length === 0) return;
  if ((await countUsablePasses(tx, now)) > 0) return;
  throw refused.badInput(
    'This rule would shut you out. Set it from a network that it admits, or make break-glass codes first.',
    { field: 'allow' },
  );
}

const record = (
  tx: Transaction,
  of: { caller: Caller; now: Date; change: string; rule: string; mode?: string },
): Promise<void> =>
  recordAudit(tx, of, {
    action: 'network_rule_changed',
    outcome: 'success',
    subject: { type: 'Organization', id: tx.organizationId ?? '' },
    details: { change: of.change, rule: of.rule, ...(of.mode !== undefined && { mode: of.mode }) },
  });
