import { randomBytes, randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { Fault, refused } from '@kept/subgraph-kit';
import { managers } from '../accounts/responsible-people.ts';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { networkOf } from '../lockout/network.ts';
import { countUsablePasses } from './read-rules.ts';
import { inSteppedUpSession } from './set-network-rule.ts';

const HOUR_MS = 3_600_000;
const OPEN_MS = 4 * HOUR_MS;
const USABLE_MS = 180 * 24 * HOUR_MS;
const AT_A_TIME_MAX = 10;
const USABLE_MAX = 50;

// Crockford's base 32: nothing that looks like something else, because it is read off paper.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LETTERS = 26; // 130 bits

const newCode = (): string =>
  (
    [...randomBytes(LETTERS)]
      .map((byte) => ALPHABET[byte & 31] ?? '')
      .join('')
      .match(/.{1,5}/g) ?? []
  ).join('-');

function codeHash({ secrets }: Pick<Identity, 'secrets'>, organizationId: string, typed: string): Buffer {
  const letters = typed.slice(0, 64).toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0');
  return secrets.hash('network-pass', organizationId, letters.replaceAll(/[IL]/g, '1'));
}

/** Makes codes to keep on paper, for the day on which the rules keep the right people out. Shown this once. */
export async function makeNetworkPasses(
  identity: Identity,
  { caller, count }: { caller: Caller; count: number },
): Promise<{ codes: string[]; usableUntil: Date }> {
  if (!Number.isInteger(count) || count < 1 || count > AT_A_TIME_MAX)
    throw refused.badInput(`Make 1 to ${AT_A_TIME_MAX} codes at a time.`, { field: 'count' });
  return inSteppedUpSession(identity, caller, async (tx, { now, accountId }) => {
    if ((await countUsablePasses(tx, now)) + count > USABLE_MAX)
      throw new Fault('LIMIT_EXCEEDED', `An organization has at most ${USABLE_MAX} codes that are good.`);
    const codes = Array.from({ length: count }, newCode);
    const usableUntil = new Date(now.getTime() + USABLE_MS);
    for (const code of codes) {
      await tx.query(
        `INSERT INTO network_pass (id, organization_id, code_hash, made_by, made_at, usable_until)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [
          randomUUID(),
          tx.organizationId,
          codeHash(identity, tx.organizationId ?? '', code),
          accountId,
          now,
          usableUntil,
        ],
      );
    }
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'network_pass_made',
        outcome: 'success',
        subject: { type: 'Organization', id: tx.organizationId ?? '' },
        details: { count: String(count) },
      },
    );
    return { codes, usableUntil };
  });
}

/**
 * Opens the network that somebody comes from to the organization's people for four hours, whatever its rules say. It
 * signs nobody in: password and factors are asked as always. One use, by one compare-and-set; every manager is told.
 */
export async function useNetworkPass(
  identity: Identity,
  { caller, code }: { caller: Caller; code: string },
): Promise<Date | undefined> {
  const network = networkOf(caller.networkAddress);
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const organizationId = tx.organizationId ?? '';
    const openUntil = new Date(now.getTime() + OPEN_MS);
    const used =
      network === undefined
        ? []
        : await tx.query(
            `UPDATE network_pass SET used_at = $3, open_until = $4, network = $5
             WHERE organization_id = $1 AND code_hash = $2 AND used_at IS NULL AND usable_until > $3 RETURNING id`,
            [organizationId, codeHash(identity, organizationId, code), now, openUntil, network],
          );
    const right = used.length === 1;
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'network_pass_used',
        outcome: right ? 'success' : 'failure',
        subject: {
          type: 'Network',
          id: identity.secrets.hash('network', organizationId, network ?? '').toString('hex'),
        },
        details: right ? { until: openUntil.toISOString() } : { reason: 'code_wrong' },
      },
    );
    if (!right) return undefined;
    const parameters = { until: openUntil.toISOString() };
    for (const accountId of await managers(tx))
      await queueMail(identity, tx, { mail: { accountId, template: 'network-pass-used', parameters }, now });
    return openUntil;
  });
}
