import { randomBytes, randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { Secrets } from '../secrets.ts';

const CODES = 10;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CHARACTERS = 23; // 5 bits each: 115 bits, above the 112 of ASVS 6.5.2

/** Without blanks and dashes, and with the letters that people mistake for digits, as they were meant. */
const normalized = (code: string): string =>
  code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('0', 'O').replaceAll('1', 'I');

const hashOf = (secrets: Secrets, accountId: string, code: string): Buffer =>
  secrets.hash('recovery-code', accountId, normalized(code));

function newCode(): string {
  // 256 is a multiple of 32, so the remainder is fair.
  const text = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET[byte % ALPHABET.length] ?? '').join('');
  return text.match(/.{1,6}/g)?.join('-') ?? text;
}

/** Makes ten new codes and forgets all older ones. They are returned this once; only keyed hashes stay. */
export async function replaceRecoveryCodes(
  { secrets }: { secrets: Secrets },
  tx: Transaction,
  { accountId, now }: { accountId: string; now: Date },
): Promise<string[]> {
  const codes = Array.from({ length: CODES }, newCode);
  await tx.query('DELETE FROM recovery_code WHERE account_id = $1', [accountId]);
  for (const code of codes) {
    await tx.query(
      'INSERT INTO recovery_code (id, organization_id, account_id, code_hash, created_at) VALUES ($1, $2, $3, $4, $5)',
      [randomUUID(), tx.organizationId, accountId, hashOf(secrets, accountId, code), now],
    );
  }
  return codes;
}

/** Uses a code up: of any number who offer it, one gets true (A23). */
export async function useRecoveryCode(
  { secrets }: { secrets: Secrets },
  tx: Transaction,
  { accountId, code, now }: { accountId: string; code: string; now: Date },
): Promise<boolean> {
  if (code.length > 100) return false;
  const used = await tx.query(
    'UPDATE recovery_code SET used_at = $3 WHERE account_id = $1 AND code_hash = $2 AND used_at IS NULL RETURNING id',
    [accountId, hashOf(secrets, accountId, code), now],
  );
  return used.length === 1;
}
