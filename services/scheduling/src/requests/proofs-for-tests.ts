/** What the app of an asker does with a challenge. */
import { solve } from '@kept/proof-of-work';
import { issueChallenge } from './challenge.ts';
import type { RequestSecrets } from './request-secrets.ts';

export { solve } from '@kept/proof-of-work';

/** A challenge and its solution in one. */
export async function proofFor(
  secrets: RequestSecrets,
  asked: { organizationId: string; work: number; now: Date },
): Promise<string> {
  const { challenge } = await issueChallenge(secrets, asked);
  return solve(challenge);
}
