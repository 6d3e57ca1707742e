import { randomInt } from 'node:crypto';
import { createChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { ALGORITHM, CHALLENGE_MINUTES, DERIVATION_COST, type Bound, type WorkKeys } from './work-keys.ts';

export interface IssuedChallenge {
  /** JSON in the form of altcha's widgets. */
  readonly challenge: string;
  readonly expiresAt: Date;
}

/**
 * A puzzle that takes a machine a moment and a person nothing. Solving takes between `work` and twice as many derivations
 * (the answer is a random number within that); checking takes one HMAC, so that a flood of wrong proofs costs us little.
 *
 * The end stands in the signed data and not in altcha's own `expiresAt`: that one is compared with the machine's clock,
 * while here the clock is an argument.
 */
export async function issueChallenge(
  keys: WorkKeys,
  { bound, work, now }: { bound: Bound; work: number; now: Date },
): Promise<IssuedChallenge> {
  const expiresAt = new Date(now.getTime() + CHALLENGE_MINUTES * 60_000);
  const challenge = await createChallenge({
    algorithm: ALGORITHM,
    cost: DERIVATION_COST,
    counter: randomInt(work, work * 2),
    deriveKey,
    data: { ...bound, work, expiresAt: expiresAt.getTime() },
    hmacSignatureSecret: keys.challengeKey,
    hmacKeySignatureSecret: keys.answerKey,
  });
  return { challenge: JSON.stringify(challenge), expiresAt };
}
