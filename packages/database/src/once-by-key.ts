import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { Transaction } from './transaction.ts';

/** The same key was used before for another request. */
export class IdempotencyConflict extends Error {
  override readonly name = 'IdempotencyConflict';
  constructor() {
    super('This idempotency key was already used for a different request.');
  }
}

export interface IdempotentRequest {
  /** Who asks, normally the account's id: nobody meets the keys of others. */
  actor: string;
  operation: string;
  key: string;
  request: unknown;
}

/**
 * Does the work once per key and answers every repetition with the stored result, which must be plain JSON without
 * personal data: ids and states. A second caller with the same key waits for the first. When the work throws, the
 * transaction rolls back and the key is free again.
 */
export async function onceByKey<Result>(
  tx: Transaction,
  { actor, operation, key, request }: IdempotentRequest,
  work: () => Promise<Result>,
): Promise<Result> {
  const place = [tx.organizationId, actor, operation, key];
  const digest = createHash('sha256')
    .update(canonicalJson([...place, request]))
    .digest();
  const claimed = await tx.query(
    `INSERT INTO idempotency_key (organization_id, actor, operation, key, request_digest) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT ON CONSTRAINT one_result_per_idempotency_key DO NOTHING RETURNING key`,
    [...place, digest],
  );
  const where = 'organization_id = $1 AND actor = $2 AND operation = $3 AND key = $4';
  if (claimed.length === 1) {
    // Through JSON both times, so that the first answer and its repetition are the same to the last bit.
    const result = JSON.stringify((await work()) ?? null);
    await tx.query(`UPDATE idempotency_key SET result = $5 WHERE ${where}`, [...place, result]);
    return JSON.parse(result) as Result;
  }
  const [stored] = await tx.query<{ request_digest: Buffer; result: Result }>(
    `SELECT request_digest, result FROM idempotency_key WHERE ${where}`,
    place,
  );
  if (!stored?.request_digest.equals(digest)) throw new IdempotencyConflict();
  return stored.result;
}
