import type { Transaction } from '@kept/database';
import {
  checkProof,
  issueChallenge,
  type Bound,
  type IssuedChallenge,
  type WorkKeys,
} from '@kept/proof-of-work';
import type { Identity } from '../identity.ts';
import type { Secrets } from '../secrets.ts';
import { PROOF_FROM } from './limits.ts';

/** How many derivations the first piece of work takes: 70 ms in Node on a busy machine (measured), more on a telephone. */
const WORK_AT_FIRST = 200;
/** Old telephones must get in as well: sixteenfold is half a minute for the slowest. */
const WORK_FACTOR_MAX = 16;

/** What work is done for: an attempt to sign in, or to ask for an unlock link, at one address (A41: good for nothing else). */
export interface WorkFor {
  readonly organizationId: string;
  readonly purpose: 'sign-in' | 'unlock';
  readonly identifier: Buffer;
}

/** Work that was done and is ours; `spendWork` says whether it was used before. */
export interface DoneWork {
  readonly digest: Buffer;
  readonly work: number;
}

/** Doubles with every failure, and with every reason to look closely at where it comes from (B2, B3). */
export function workAfter(failures: number, { raised }: { raised: number }): number {
  const steps = Math.max(0, failures - PROOF_FROM) + raised;
  return WORK_AT_FIRST * Math.min(2 ** steps, WORK_FACTOR_MAX);
}

const keysOf = (secrets: Secrets): WorkKeys => ({
  challengeKey: secrets.hash('work', 'challenge').toString('hex'),
  answerKey: secrets.hash('work', 'answer').toString('hex'),
});

const boundOf = ({ organizationId, purpose, identifier }: WorkFor): Bound => ({
  organization: organizationId,
  purpose,
  subject: identifier.toString('base64url'),
});

/** A puzzle for this attempt; the same for an address that nobody has. */
export const askForWork = (
  { secrets, clock }: Pick<Identity, 'secrets' | 'clock'>,
  what: WorkFor,
  work: number,
): Promise<IssuedChallenge> => issueChallenge(keysOf(secrets), { bound: boundOf(what), work, now: clock() });

/** Reads what an app has made of a puzzle; undefined for whatever is not good for exactly this, or came too late. */
export async function readWork(
  { secrets, clock }: Pick<Identity, 'secrets' | 'clock'>,
  what: WorkFor,
  proof: string | null | undefined,
): Promise<DoneWork | undefined> {
  if (!proof) return undefined;
  const verdict = await checkProof(keysOf(secrets), { proof, bound: boundOf(what), now: clock() });
  return verdict.valid ? verdict : undefined;
}

/** Uses work up: of any number of racers with one proof, one gets true. */
export async function spendWork(tx: Transaction, { digest }: DoneWork, now: Date): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO spent_proof (organization_id, digest, spent_at) VALUES ($1, $2, $3)
     ON CONFLICT ON CONSTRAINT a_proof_is_spent_once DO NOTHING RETURNING digest`,
    [tx.organizationId, digest, now],
  );
  return rows.length === 1;
}
