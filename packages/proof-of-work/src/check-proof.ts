import { createHash } from 'node:crypto';
import { verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { z } from 'zod';
import { ALGORITHM, DERIVATION_COST, type Bound, type WorkKeys } from './work-keys.ts';

/** A proof is under a kilobyte; what is longer is not looked at. */
const PROOF_LENGTH_MAX = 4_096;

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
// Strict, because the signature is over exactly these: nothing unknown is passed on to the library, nothing may be missing,
// and a payload of altcha's first version has another form altogether (GHSA-6gvq-jcmp-8959).
const proofShape = z.object({
  challenge: z.object({
    parameters: z.strictObject({
      algorithm: z.literal(ALGORITHM),
      cost: z.literal(DERIVATION_COST),
      data: z.object({ work: z.int(), expiresAt: z.int() }).catchall(z.string()),
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

/** What a proof is worth before anybody asks whether it was used: `digest` is one per challenge, however it is written. */
export type ProofVerdict =
  | { readonly valid: true; readonly digest: Buffer; readonly work: number }
  | { readonly valid: false; readonly code: 'INVALID' | 'EXPIRED' };

const INVALID = { valid: false, code: 'INVALID' } as const;

/** Checks a proof as altcha's widgets write it: base64 of JSON. Never throws; whatever it is not, it is invalid. */
export async function checkProof(
  keys: WorkKeys,
  { proof, bound, now }: { proof: string; bound: Bound; now: Date },
): Promise<ProofVerdict> {
  const read = readProof(proof);
  if (read === undefined) return INVALID;
  const { challenge, solution } = read;
  const { verified } = await verifySolution({
    challenge,
    solution,
    deriveKey,
    hmacSignatureSecret: keys.challengeKey,
    hmacKeySignatureSecret: keys.answerKey,
  });
  // Only now is what stands in it known to be ours.
  const { work, expiresAt, ...forWhat } = challenge.parameters.data;
  if (!verified || !sameWords(forWhat, bound)) return INVALID;
  if (expiresAt <= now.getTime()) return { valid: false, code: 'EXPIRED' };
  return { valid: true, digest: createHash('sha256').update(challenge.signature).digest(), work };
}

function sameWords(one: Readonly<Record<string, unknown>>, other: Bound): boolean {
  const names = Object.keys(other);
  return Object.keys(one).length === names.length && names.every((name) => one[name] === other[name]);
}

function readProof(proof: string): z.infer<typeof proofShape> | undefined {
  if (proof.length > PROOF_LENGTH_MAX) return undefined;
  try {
    return proofShape.safeParse(JSON.parse(Buffer.from(proof, 'base64').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
