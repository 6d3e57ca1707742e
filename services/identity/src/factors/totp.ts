import type { Transaction } from '@kept/database';
import { Secret, TOTP } from 'otpauth';
import type { Identity } from '../identity.ts';

const PERIOD_SECONDS = 30;
// One step either way: half a minute for clocks that differ and for slow fingers (RFC 6238 §5.2).
const WINDOW_STEPS = 1;
const SECRET_BYTES = 20;

/** A new secret of 160 bits, in base32. */
export const newTotpSecret = (): string => new Secret({ size: SECRET_BYTES }).base32;

const authenticator = (secret: string, names: { issuer: string; label: string }) =>
  new TOTP({
    ...names,
    algorithm: 'SHA1', // what authenticator apps understand; HMAC-SHA-1 is not weakened by collisions
    digits: 6,
    period: PERIOD_SECONDS,
    secret: Secret.fromBase32(secret),
  });

/** The address that a QR code carries. */
export const totpUri = (secret: string, names: { issuer: string; label: string }): string =>
  authenticator(secret, names).toString();

/** The time step whose code this is, or undefined when it is none of the three around now. */
export function stepOfCode(secret: string, code: string, now: Date): number | undefined {
  const digits = code.replaceAll(/\s/g, '');
  if (!/^[0-9]{6}$/.test(digits)) return undefined;
  const delta = authenticator(secret, { issuer: 'Kept', label: '' }).validate({
    token: digits,
    timestamp: now.getTime(),
    window: WINDOW_STEPS,
  });
  return delta === null ? undefined : Math.floor(now.getTime() / 1000 / PERIOD_SECONDS) + delta;
}

/** Where a seed is sealed. */
export const seedPlace = (accountId: string, factorId: string) => ({
  subjectId: accountId,
  fieldClass: 'credential' as const,
  table: 'totp_factor',
  column: 'secret',
  rowId: factorId,
});

export type TotpAnswer = 'right' | 'wrong' | 'used';

/**
 * Checks a code of the authenticator in force and uses its step up, in one compare-and-set: the same code twice, at
 * once or later, is right once (A21). A step before the last used one is gone as well.
 */
export async function useTotpCode(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { accountId, code, now }: { accountId: string; code: string; now: Date },
): Promise<TotpAnswer> {
  const [factor] = await tx.query<{ id: string; secret: Buffer }>(
    'SELECT id, secret FROM totp_factor WHERE account_id = $1 AND confirmed_at IS NOT NULL',
    [accountId],
  );
  const secret = factor && (await keyring.open(tx, seedPlace(accountId, factor.id), factor.secret));
  const step = secret ? stepOfCode(secret, code, now) : undefined;
  if (!factor || step === undefined) return 'wrong';
  const used = await tx.query(
    'UPDATE totp_factor SET last_step = $2 WHERE id = $1 AND last_step < $2 RETURNING id',
    [factor.id, step],
  );
  return used.length === 1 ? 'right' : 'used';
}
