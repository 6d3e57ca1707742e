import { randomUUID } from 'node:crypto';
import { IdempotencyConflict, onceByKey, type Transaction } from '@kept/database';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import type { ComplianceContext } from '../context.ts';
import { moduleOf, ONBOARDING } from './modules.ts';
import { recordOfTraining, recordTraining } from './record-training.ts';
import { allowedTo } from './training.policy.ts';
import { readWaiver, type TrainingWaiver, type WaiverReason } from './training-waiver.ts';

const DAY_MS = 24 * 3_600_000;
const DAYS_MAX = 14;
const WAITS_DAYS = 7;
const SIGN_IN_MAX_AGE_SECONDS = 600;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export type WaiverOutcome =
  | { readonly outcome: 'waiver'; readonly waiver: TrainingWaiver }
  | { readonly outcome: 'refused'; readonly message: string }
  | { readonly outcome: 'conflict' };

interface WaiverRequest {
  readonly staffMemberId: string;
  readonly reason: WaiverReason;
  readonly days: number;
  readonly idempotencyKey: string;
}

/** Asks to let somebody work before they are trained (TRN-01). Nothing changes until somebody else approves it. */
export async function requestTrainingWaiver(
  context: ComplianceContext,
  { idempotencyKey: key, ...request }: WaiverRequest,
): Promise<WaiverOutcome> {
  const { organizationId, accountId } = allowedTo(context, 'waive');
  const now = context.clock();
  requireRecentSecondFactor(context.caller, { now, maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  if (request.days < 1 || request.days > DAYS_MAX)
    throw refused.badInput(`A waiver lasts 1 to ${DAYS_MAX} days.`, { field: 'days' });
  const asked = { actor: accountId, operation: 'requestTrainingWaiver', key, request };
  try {
    return await context.database.transaction(organizationId, async (tx) => {
      const { id } = await onceByKey(tx, asked, () => write(tx, context, { request, accountId, now }));
      return { outcome: 'waiver', waiver: await readWaiver(tx, id) };
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { outcome: 'conflict' };
    throw error;
  }
}

async function write(
  tx: Transaction,
  { caller }: ComplianceContext,
  given: { request: Omit<WaiverRequest, 'idempotencyKey'>; accountId: string; now: Date },
): Promise<{ id: string }> {
  const { request, accountId, now } = given;
  const { staffMemberId, reason, days } = request;
  const [member] = UUID.test(staffMemberId)
    ? await tx.query('SELECT 1 FROM training_member WHERE staff_member_id = $1 AND left_at IS NULL', [
        staffMemberId,
      ])
    : [];
  if (!member) throw refused.notFound('member of staff');
  const id = randomUUID();
  await tx.query(
    `INSERT INTO training_waiver
       (id, organization_id, staff_member_id, module, reason, days, requested_by, requested_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      tx.organizationId,
      staffMemberId,
      ONBOARDING,
      reason,
      days,
      accountId,
      now,
      new Date(now.getTime() + WAITS_DAYS * DAY_MS),
    ],
  );
  const details = { reason, days: String(days) };
  await recordOfTraining(tx, {
    action: 'training_waiver_requested',
    staffMemberId,
    details,
    caller,
    now,
  });
  return { id };
}

/** Approves what somebody else asked for. Doing it twice is no mistake: the first time counts. */
export async function approveTrainingWaiver(context: ComplianceContext, id: string): Promise<WaiverOutcome> {
  const { organizationId, accountId } = allowedTo(context, 'waive');
  const now = context.clock();
  requireRecentSecondFactor(context.caller, { now, maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  if (!UUID.test(id)) throw refused.notFound('waiver');
  return context.database.transaction(organizationId, async (tx) => {
    const waiver = await readWaiver(tx, id, { lock: true });
    if (waiver.approvedBy === accountId) return { outcome: 'waiver', waiver };
    const why = obstacleTo(waiver, { accountId, now });
    if (why !== undefined) return { outcome: 'refused', message: why };
    const module = moduleOf(waiver.module);
    if (!module) return { outcome: 'refused', message: 'This training does not exist any more.' };
    await tx.query('UPDATE training_waiver SET approved_by = $2, approved_at = $3 WHERE id = $1', [
      id,
      accountId,
      now,
    ]);
    const validUntil = new Date(now.getTime() + waiver.days * DAY_MS);
    const { staffMemberId } = waiver;
    const basis = { waiverId: id };
    await recordTraining(tx, { staffMemberId, module, basis, validUntil }, { caller: context.caller, now });
    return { outcome: 'waiver', waiver: { ...waiver, approvedBy: accountId, approvedAt: now } };
  });
}

/** The database refuses the first two as well; here they get a sentence. */
function obstacleTo(
  { staffMemberId, requestedBy, approvedBy, expiresAt }: TrainingWaiver,
  { accountId, now }: { accountId: string; now: Date },
): string | undefined {
  if (staffMemberId === accountId)
    return 'Nobody approves a waiver for themselves. Ask somebody else, or take the training.';
  if (requestedBy === accountId)
    return 'You asked for this waiver yourself. A second person has to approve it.';
  if (approvedBy !== null) return 'Somebody else has approved this waiver already.';
  if (expiresAt < now) return 'This waiver waited too long. Ask for a new one.';
  return undefined;
}
