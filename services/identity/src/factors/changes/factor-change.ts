import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Identity } from '../../identity.ts';
import { writeToken } from '../../sessions/routed-token.ts';
import { seedPlace } from '../totp.ts';

/** How long a second factor that was taken off or replaced can be brought back by the link in the notice (A24). */
export const UNDO_MS = 24 * 3_600_000;

/** Where what a change keeps is sealed. */
export const changePlace = (
  { id, accountId }: { id: string; accountId: string },
  column: 'former_secret' | 'reason',
) => ({
  subjectId: accountId,
  fieldClass: column === 'reason' ? ('sensitive' as const) : ('credential' as const),
  table: 'factor_change',
  column,
  rowId: id,
});

/**
 * The token that brings a factor back. An HMAC over the change's id, so that nothing of it is stored, the same mail can be
 * sent twice, and nobody without the key can make one.
 */
export const restoreToken = (
  { secrets }: Pick<Identity, 'secrets'>,
  organizationId: string,
  changeId: string,
) => writeToken(secrets, 'factor-restore', { organizationId, id: changeId, count: 0 });

interface Change {
  readonly accountId: string;
  readonly change: 'REMOVED' | 'REPLACED';
  /** The manager who does it, and why; nobody when people do it themselves. */
  readonly by?: { readonly accountId: string; readonly reason: string };
  readonly now: Date;
}

/**
 * Keeps the authenticator that is about to go, sealed, for a day. Call it before the factor is deleted, in the same
 * transaction; the row is locked, so that of two who take it off one keeps it. Returns the change's id for the link that
 * brings it back; undefined when there is no authenticator to bring back.
 */
export async function keepFormerFactor(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { accountId, change, by, now }: Change,
): Promise<string | undefined> {
  const [factor] = await tx.query<{ id: string; secret: Buffer; last_step: string }>(
    'SELECT id, secret, last_step FROM totp_factor WHERE account_id = $1 AND confirmed_at IS NOT NULL FOR UPDATE',
    [accountId],
  );
  if (!factor && !by) return undefined;
  const id = randomUUID();
  const secret = factor && (await keyring.open(tx, seedPlace(accountId, factor.id), factor.secret));
  const place = { id, accountId };
  await tx.query(
    `INSERT INTO factor_change (id, organization_id, account_id, change, changed_by, reason, former_factor_id,
       former_secret, former_step, created_at, undo_until)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      id,
      tx.organizationId,
      accountId,
      change,
      by?.accountId ?? null,
      by ? await keyring.seal(tx, changePlace(place, 'reason'), by.reason) : null,
      factor?.id ?? null,
      secret ? await keyring.seal(tx, changePlace(place, 'former_secret'), secret) : null,
      factor?.last_step ?? null,
      now,
      new Date(now.getTime() + UNDO_MS),
    ],
  );
  return factor && id;
}
