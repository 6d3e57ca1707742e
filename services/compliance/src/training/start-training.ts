import { randomUUID } from 'node:crypto';
import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import type { ComplianceContext } from '../context.ts';
import { drawQuestions, type DrawnQuestion } from './draw-questions.ts';
import { moduleOf } from './modules.ts';
import { noteMember } from './on-staff-joined.ts';
import { contentHashOf, type TrainingModule } from './training-module.ts';
import { allowedTo } from './training.policy.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
// Enough to learn from mistakes, too few to find the answers by trying.
const ATTEMPTS_PER_DAY = 5;

export type StartOutcome =
  | {
      readonly outcome: 'started';
      readonly attempt: string;
      readonly module: TrainingModule;
      readonly questions: readonly DrawnQuestion[];
      readonly expiresAt: Date;
    }
  | { readonly outcome: 'too-many'; readonly retryAt: Date }
  | { readonly outcome: 'conflict' };

/** Begins a go at a module. The same key again gives the same go. */
export async function startTraining(
  context: ComplianceContext,
  input: { module: string; idempotencyKey: string },
): Promise<StartOutcome> {
  const { organizationId, accountId } = allowedTo(context, 'learn');
  const module = moduleOf(input.module);
  if (!module) throw refused.badInput('There is no such training.', { field: 'module' });
  const { idempotencyKey: key, ...request } = input;
  const asked = { actor: accountId, operation: 'startTraining', key, request };
  try {
    return await context.database.transaction(organizationId, async (tx) => {
      const begun = await onceByKey(tx, asked, () =>
        begin(tx, { module, staffMemberId: accountId, now: context.clock() }),
      );
      if ('retryAt' in begun) return { outcome: 'too-many', retryAt: new Date(begun.retryAt) };
      const questions = drawQuestions(module, begun.attempt);
      const expiresAt = new Date(begun.expiresAt);
      return { outcome: 'started', attempt: begun.attempt, module, questions, expiresAt };
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { outcome: 'conflict' };
    throw error;
  }
}

async function begin(
  tx: Transaction,
  { module, staffMemberId, now }: { module: TrainingModule; staffMemberId: string; now: Date },
): Promise<{ attempt: string; expiresAt: string } | { retryAt: string }> {
  await noteMember(tx, staffMemberId, now);
  // Two at once count each other: the second waits here for the first.
  await tx.query('SELECT 1 FROM training_member WHERE staff_member_id = $1 FOR UPDATE', [staffMemberId]);
  const recent = await tx.query<{ started_at: Date }>(
    `SELECT started_at FROM training_attempt WHERE staff_member_id = $1 AND started_at > $2 ORDER BY started_at`,
    [staffMemberId, new Date(now.getTime() - DAY_MS)],
  );
  const oldest = recent.at(-ATTEMPTS_PER_DAY);
  if (oldest) return { retryAt: new Date(oldest.started_at.getTime() + DAY_MS).toISOString() };
  const id = randomUUID();
  const expiresAt = new Date(now.getTime() + HOUR_MS);
  const { key, version, asked } = module;
  const written = await tx.query(
    `INSERT INTO training_attempt
       (id, organization_id, staff_member_id, module, version, content_hash, questions, started_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
    [id, tx.organizationId, staffMemberId, key, version, contentHashOf(module), asked, now, expiresAt],
  );
  invariant(written.length === 1, 'a go is written down');
  return { attempt: id, expiresAt: expiresAt.toISOString() };
}
