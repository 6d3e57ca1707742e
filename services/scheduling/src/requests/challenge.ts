import { checkProof as check, issueChallenge as issue, type IssuedChallenge } from '@kept/proof-of-work';
import type { RequestSecrets } from './request-secrets.ts';

export { CHALLENGE_MINUTES } from '@kept/proof-of-work';

/** A puzzle for requests to one organization: good for nothing else, whatever `work` it took. */
export const issueChallenge = (
  secrets: RequestSecrets,
  { organizationId, work, now }: { organizationId: string; work: number; now: Date },
): Promise<IssuedChallenge> => issue(secrets, { bound: { organization: organizationId }, work, now });

/** What a proof is worth before anybody asks whether it was used. */
export type ProofVerdict =
  | { readonly valid: true; readonly digest: Buffer }
  | { readonly valid: false; readonly code: 'INVALID' | 'EXPIRED' };

/** Checks the work done for a request. Never throws; whatever it is not, it is invalid. */
export async function checkProof(
  secrets: RequestSecrets,
  { proof, organizationId, now }: { proof: string; organizationId: string; now: Date },
): Promise<ProofVerdict> {
  const verdict = await check(secrets, { proof, bound: { organization: organizationId }, now });
  return verdict.valid ? { valid: true, digest: verdict.digest } : verdict;
}
