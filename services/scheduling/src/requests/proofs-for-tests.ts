/** What the app of an asker does with a challenge. */
import { solveChallenge, type Challenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { issueChallenge } from './challenge.ts';
import type { RequestSecrets } from './request-secrets.ts';

/** Does the work; base64 of JSON, as altcha's widget hands it over. */
export async function solve(text: string): Promise<string> {
  const challenge = JSON.parse(text) as Challenge;
  const solution = await solveChallenge({ challenge, deriveKey });
  if (solution === null) throw new Error('The challenge was not solved in time.');
  return Buffer.from(JSON.stringify({ challenge, solution })).toString('base64');
}

/** A challenge and its solution in one. */
export async function proofFor(
  secrets: RequestSecrets,
  asked: { organizationId: string; work: number; now: Date },
): Promise<string> {
  const { challenge } = await issueChallenge(secrets, asked);
  return solve(challenge);
}
