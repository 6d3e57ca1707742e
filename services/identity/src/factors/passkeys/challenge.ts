import { randomBytes } from 'node:crypto';
import type { Transaction } from '@kept/database';

/** Gives a flow a new challenge: 256 random bits. One that it had before is worth nothing from now on. */
export async function giveChallenge(tx: Transaction, flowId: string): Promise<Buffer> {
  const challenge = randomBytes(32);
  await tx.query('UPDATE auth_flow SET passkey_challenge = $2 WHERE id = $1', [flowId, challenge]);
  return challenge;
}

/**
 * Takes a flow's challenge away and returns it: of any number of racers one has it, and after a first answer, right or
 * wrong, nobody. The library itself accepts one assertion as often as it is offered the same challenge (A29, measured).
 */
export async function takeChallenge(tx: Transaction, flowId: string): Promise<Buffer | undefined> {
  const [taken] = await tx.query<{ challenge: Buffer }>(
    `UPDATE auth_flow f SET passkey_challenge = NULL
     FROM (SELECT id, passkey_challenge AS challenge FROM auth_flow
           WHERE id = $1 AND passkey_challenge IS NOT NULL FOR UPDATE) before
     WHERE f.id = before.id RETURNING before.challenge`,
    [flowId],
  );
  return taken?.challenge;
}
