import { createHash, randomInt } from 'node:crypto';
import { createChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { z } from 'zod';
import { DERIVATION_COST } from './difficulty.ts';
import type { RequestSecrets } from './request-secrets.ts';

/** How long a challenge can be answered, in minutes: also what bounds how many can be answered in store. */
export const CHALLENGE_MINUTES = 10;
/** A proof is under a kilobyte; what is longer is not looked at. */
const PROOF_LENGTH_MAX = 4_096;
const ALGORITHM = 'PBKDF2/SHA-256';

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
  secrets: RequestSecrets,
  { organizationId, work, now }: { organizationId: string; work: number; now: Date },
): Promise<IssuedChallenge> {
  const expiresAt = new Date(now.getTime() + CHALLENGE_MINUTES * 60_000);
  const challenge = await createChallenge({
    algorithm: ALGORITHM,
    cost: DERIVATION_COST,
    counter: randomInt(work, work * 2),
    deriveKey,
    data: { organization: organizationId, expiresAt: expiresAt.getTime() },
    hmacSignatureSecret: secrets.challengeKey,
    hmacKeySignatureSecret: secrets.answerKey,
  });
  return { challenge: JSON.stringify(challenge), expiresAt };
}

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
// Strict, because the signature is over exactly these: nothing unknown is passed on to the library.
const proofShape = z.object({
  challenge: z.object({
    parameters: z.strictObject({
      algorithm: z.literal(ALGORITHM),
      cost: z.literal(DERIVATION_COST),
      data: z.strictObject({ organization: z.uuid(), expiresAt: z.int() }),
      keyLength: z.literal(32),
      keyPrefix: hex(16),
      keySignature: hex(32),
      nonce: hex(16),
      salt: hex(16),
    }),
    signature: hex(32),
  }),
  solution: z.object({ counter: z.int().nonnegative(), derivedKey: hex(32) }),
});

/** What a proof is worth before anybody asks whether it was used. */
export type ProofVerdict =
  | { readonly valid: true; readonly digest: Buffer }
  | { readonly valid: false; readonly code: 'INVALID' | 'EXPIRED' };

const INVALID = { valid: false, code: 'INVALID' } as const;

/** Checks a proof as altcha's widgets write it: base64 of JSON. Never throws; whatever it is not, it is invalid. */
export async function checkProof(
  secrets: RequestSecrets,
  { proof, organizationId, now }: { proof: string; organizationId: string; now: Date },
): Promise<ProofVerdict> {
  const read = readProof(proof);
  if (read === undefined) return INVALID;
  const { challenge, solution } = read;
  const { verified } = await verifySolution({
    challenge,
    solution,
    deriveKey,
    hmacSignatureSecret: secrets.challengeKey,
    hmacKeySignatureSecret: secrets.answerKey,
  });
  // Only now is what stands in it known to be ours.
  if (!verified || challenge.parameters.data.organization !== organizationId) return INVALID;
  if (challenge.parameters.data.expiresAt <= now.getTime()) return { valid: false, code: 'EXPIRED' };
  return { valid: true, digest: createHash('sha256').update(challenge.signature).digest() };
}

function readProof(proof: string): z.infer<typeof proofShape> | undefined {
  if (proof.length > PROOF_LENGTH_MAX) return undefined;
  try {
    return proofShape.safeParse(JSON.parse(Buffer.from(proof, 'base64').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
