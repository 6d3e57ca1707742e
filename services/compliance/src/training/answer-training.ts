import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { ComplianceContext } from '../context.ts';
import { drawQuestions, judgeAnswers, type DrawnQuestion } from './draw-questions.ts';
import { moduleOf } from './modules.ts';
import { recordOfTraining, recordTraining } from './record-training.ts';
import { contentHashOf, type TrainingModule } from './training-module.ts';
import { allowedTo } from './training.policy.ts';

export type AnswerOutcome =
  | {
      readonly outcome: 'passed';
      readonly right: number;
      readonly module: TrainingModule;
      readonly validUntil: Date;
    }
  | {
      readonly outcome: 'not-passed';
      readonly right: number;
      readonly module: TrainingModule;
      readonly wrong: readonly DrawnQuestion[];
    }
  | { readonly outcome: 'over' };

const OVER = { outcome: 'over' } as const;
const ANSWERS_MAX = 50;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Judges a go: once, in time, for whoever began it. A go that is open when the content changes is over, because what
 * was read is not what is asked any more.
 */
export async function answerTraining(
  context: ComplianceContext,
  input: { attempt: string; answers: readonly { question: string; choice: string }[] },
): Promise<AnswerOutcome> {
  const { organizationId, accountId } = allowedTo(context, 'learn');
  if (input.answers.length > ANSWERS_MAX)
    throw refused.badInput('Send one answer for each question.', { field: 'answers' });
  if (!UUID.test(input.attempt)) return OVER;
  return context.database.transaction(organizationId, async (tx) => {
    const now = context.clock();
    const [attempt] = await tx.query<{ module: string; content_hash: string }>(
      `SELECT module, content_hash FROM training_attempt
       WHERE id = $1 AND staff_member_id = $2 AND answered_at IS NULL AND expires_at >= $3`,
      [input.attempt, accountId, now],
    );
    const module = attempt && moduleOf(attempt.module);
    if (!module || contentHashOf(module) !== attempt.content_hash) return OVER;
    const { right, wrong } = judgeAnswers(drawQuestions(module, input.attempt), input.answers);
    const passed = right >= module.rightAnswersNeeded;
    if (!(await close(tx, { id: input.attempt, right, passed, now }))) return OVER;
    const about = { caller: context.caller, now };
    if (!passed) {
      const details = { module: module.key, version: String(module.version), right: String(right) };
      await recordOfTraining(tx, {
        action: 'training_failed',
        staffMemberId: accountId,
        details,
        ...about,
      });
      return { outcome: 'not-passed', right, module, wrong };
    }
    const validUntil = monthsLater(now, module.validMonths);
    const basis = { attemptId: input.attempt };
    await recordTraining(tx, { staffMemberId: accountId, module, basis, validUntil }, about);
    return { outcome: 'passed', right, module, validUntil };
  });
}

/** Compare and set: of two that send answers at once, one is judged. */
async function close(
  tx: Transaction,
  { id, right, passed, now }: { id: string; right: number; passed: boolean; now: Date },
): Promise<boolean> {
  const closed = await tx.query(
    `UPDATE training_attempt SET answered_at = $2, right_answers = $3, passed = $4
     WHERE id = $1 AND answered_at IS NULL RETURNING id`,
    [id, now, right, passed],
  );
  return closed.length === 1;
}

/** The same day of a later month; of the 29th of February, the day after. */
function monthsLater(from: Date, months: number): Date {
  const later = new Date(from);
  later.setUTCMonth(later.getUTCMonth() + months);
  return later;
}
