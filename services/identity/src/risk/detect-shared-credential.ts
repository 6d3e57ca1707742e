import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { managers, responsiblePeople } from '../accounts/responsible-people.ts';
import { recordAudit } from '../audit.ts';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { kilometresBetween } from './locate-address.ts';
import type { RiskPolicy } from './risk-policy.ts';
import { ORIGIN_COLUMNS, openOrigin, originOf, type OriginRow } from './sign-in-origin.ts';

/** What it looks like when several people use one account of the staff, or one person several. */
export type SharingSign = 'TWO_PLACES' | 'MANY_DEVICES' | 'ALTERNATING_ACCOUNTS' | 'CODE_REUSED';

/** Two telephones of one person are together, most of the time. */
const APART_KM = 50;
// A desk where two people work one after the other changes hands once or twice a day.
const CHANGES_OF_HANDS = 3;

interface UseOfAccount {
  readonly caller: Pick<Caller, 'networkAddress'>;
  readonly accountId: string;
  readonly deviceId: string | null;
  readonly now: Date;
}

const ELSEWHERE = `
SELECT ${ORIGIN_COLUMNS.split(', ')
  .map((column) => `o.${column}`)
  .join(', ')}
FROM sign_in_origin o JOIN session s ON s.id = o.session_id
WHERE s.account_id = $1 AND s.device_id IS DISTINCT FROM $2 AND s.ended_at IS NULL AND s.idle_expires_at > $3
  AND s.expires_at > $3
ORDER BY o.seen_at DESC LIMIT 10`;

/** Whether a session of this account runs on another device somewhere else. */
export async function runsElsewhere(
  identity: Identity,
  tx: Transaction,
  { caller, accountId, deviceId, now }: UseOfAccount,
): Promise<boolean> {
  const here = originOf(identity, tx, caller.networkAddress);
  const others = await tx.query<OriginRow>(ELSEWHERE, [accountId, deviceId, now]);
  for (const other of others) {
    if (here.networkHash !== null && other.network_hash?.equals(here.networkHash)) continue;
    const { place } = await openOrigin(identity, tx, other);
    const kilometres = kilometresBetween(here.place, place);
    const providers = here.provider !== null && other.provider !== null;
    if (kilometres !== null && kilometres > APART_KM) return true;
    if (providers && Number(other.provider) !== here.provider) return true;
    // Without databases a network is all there is to tell one place from another by.
    const unknown = kilometres === null && !providers;
    if (unknown && here.networkHash !== null && other.network_hash !== null) return true;
  }
  return false;
}

/** Looks, as somebody of the staff signs in, whether it is always the same person. */
export async function detectSharedCredential(
  identity: Identity,
  tx: Transaction,
  given: UseOfAccount & { caller: Caller; deviceId: string; policy: RiskPolicy },
): Promise<readonly SharingSign[]> {
  const { accountId, caller, now, policy } = given;
  const signs: SharingSign[] = [];
  if (await runsElsewhere(identity, tx, given)) signs.push('TWO_PLACES');
  const [used] = await tx.query<{ devices: number; changes: number }>(
    `SELECT
       (SELECT count(DISTINCT device_id)::int FROM sign_in_origin
         WHERE account_id = $1 AND began_at > $2::timestamptz - interval '7 days') AS devices,
       (SELECT count(*)::int FROM risk_assessment mine WHERE mine.assessed_at > $2::timestamptz - interval '1 day'
         AND mine.occasion = 'SIGN_IN' AND EXISTS (SELECT FROM risk_assessment other
           WHERE other.account_id = mine.previous_account_id AND other.previous_account_id = mine.account_id
             AND other.occasion = 'SIGN_IN' AND other.assessed_at > $2::timestamptz - interval '1 day')
         AND (mine.account_id = $1 OR mine.previous_account_id = $1)) AS changes`,
    [accountId, now],
  );
  if ((used?.devices ?? 0) > policy.devicesPerWeekMax) signs.push('MANY_DEVICES');
  if ((used?.changes ?? 0) >= CHANGES_OF_HANDS) signs.push('ALTERNATING_ACCOUNTS');
  if (signs.length > 0) await reportSharedCredential(identity, tx, { caller, accountId, signs, now });
  return signs;
}

/**
 * Tells the managers, once until somebody has looked at it. Nobody is dismissed and nothing ends by itself: what it means
 * is for people to find out.
 */
export async function reportSharedCredential(
  identity: Identity,
  tx: Transaction,
  given: { caller: Caller; accountId: string; signs: readonly SharingSign[]; now: Date },
): Promise<void> {
  const { caller, accountId, signs, now } = given;
  const opened = await tx.query(
    `INSERT INTO security_case (id, organization_id, account_id, kind, about, opened_at)
     VALUES ($1, $2, $3, 'SHARED_CREDENTIAL', $4, $5)
     ON CONFLICT (account_id) WHERE kind = 'SHARED_CREDENTIAL' AND closed_at IS NULL DO NOTHING RETURNING id`,
    [randomUUID(), tx.organizationId, accountId, signs.join(' '), now],
  );
  if (opened.length === 0) return;
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'shared_credential_suspected',
      outcome: 'failure',
      subject: { type: 'Account', id: accountId },
      details: { alert: 'SHARED_CREDENTIAL', signs: signs.join(' ') },
    },
  );
  const told = new Set([...(await managers(tx)), ...(await responsiblePeople(tx))]);
  for (const recipient of told) {
    await queueMail(identity, tx, { mail: { accountId: recipient, template: 'shared-credential' }, now });
  }
}
