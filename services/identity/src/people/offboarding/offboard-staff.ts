import { randomUUID } from 'node:crypto';
import { constraintOf, type Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { inSteppedUpSession, readId, readReason } from '../stepped-up.ts';
import { noteAnswer } from './note-answer.ts';
import { endAccess } from './end-access.ts';
import { reasonPlace, requireOffboarding, type Offboarding } from './offboarding.ts';

const AHEAD_MS = 366 * 24 * 3_600_000;

/** What is not asked by a caller of its own: the job, at its time. */
export const BY_ITSELF = { kind: 'SERVICE', accountId: null, requestId: 'run-offboardings' } as const;

/** Ends what somebody on the staff has, now or at a time. Asking again answers with what is under way. */
export async function offboardStaff(
  identity: Identity,
  {
    caller,
    input,
  }: { caller: Caller; input: { staffMemberId: string; reason: string; at?: Date | null | undefined } },
): Promise<Offboarding> {
  const staffMemberId = readId(input.staffMemberId, 'staff member');
  const reason = readReason(input.reason);
  try {
    return await inSteppedUpSession(identity, { caller, of: ['MANAGER'] }, async (tx, by) => {
      if (staffMemberId === by.accountId)
        throw refused.badInput('Somebody else offboards you.', { field: 'staffMemberId' });
      const [member] = await tx.query<{ state: string }>(
        "SELECT state FROM account WHERE id = $1 AND kind = 'STAFF' AND state <> 'PENDING' FOR UPDATE",
        [staffMemberId],
      );
      if (!member) throw refused.notFound('staff member');
      const [underWay] = await tx.query<{ id: string }>(
        "SELECT id FROM offboarding WHERE staff_member_id = $1 AND state <> 'CANCELLED'",
        [staffMemberId],
      );
      const id = underWay?.id ?? randomUUID();
      if (!underWay) {
        const dueAt = input.at != null && input.at > by.now ? input.at : by.now;
        if (dueAt.getTime() > by.now.getTime() + AHEAD_MS)
          throw refused.badInput('Choose a time within a year.', { field: 'at' });
        await tx.query(
          `INSERT INTO offboarding (id, organization_id, staff_member_id, reason, asked_by, asked_at, due_at, state)
           VALUES ($1, $2, $3, $4, $5, $6, $7, 'SCHEDULED')`,
          [
            id,
            tx.organizationId,
            staffMemberId,
            await identity.keyring.seal(tx, reasonPlace({ id, staffMemberId }), reason),
            by.accountId,
            by.now,
            dueAt,
          ],
        );
        await recordAudit(tx, by, {
          action: 'offboarding_scheduled',
          outcome: 'success',
          subject: { type: 'Account', id: staffMemberId },
          details: { offboarding: id, dueAt: dueAt.toISOString() },
        });
      }
      // Whoever asks again without a time wants it now, whatever was planned.
      await beginOffboarding(tx, { id, caller, now: by.now, atOnce: input.at == null });
      return requireOffboarding(identity, tx, id);
    });
  } catch (error) {
    if (constraintOf(error) === 'one_manager_remains')
      throw refused.badInput('This is the last manager. Make somebody else a manager first.', {
        field: 'staffMemberId',
      });
    throw error;
  }
}

/** Calls off what has not begun. */
export function cancelOffboarding(
  identity: Identity,
  { caller, id: typed }: { caller: Caller; id: string },
): Promise<Offboarding> {
  const id = readId(typed, 'offboarding');
  return inSteppedUpSession(identity, { caller, of: ['MANAGER'] }, async (tx, by) => {
    const { staffMemberId } = await requireOffboarding(identity, tx, id);
    if (staffMemberId === by.accountId)
      throw refused.badInput('Somebody else calls off your own offboarding.');
    const cancelled = await tx.query(
      "UPDATE offboarding SET state = 'CANCELLED' WHERE id = $1 AND state = 'SCHEDULED' RETURNING id",
      [id],
    );
    if (cancelled.length === 0) throw refused.badInput('It has begun and cannot be called off.');
    await recordAudit(tx, by, {
      action: 'offboarding_cancelled',
      outcome: 'success',
      subject: { type: 'Account', id: staffMemberId },
      details: { offboarding: id },
    });
    return requireOffboarding(identity, tx, id);
  });
}

/** Ends access here and tells the others, once: of any number who begin it at once one does. */
export async function beginOffboarding(
  tx: Transaction,
  {
    id,
    caller,
    now,
    atOnce = false,
  }: {
    id: string;
    caller: Pick<Caller, 'kind' | 'accountId' | 'requestId'>;
    now: Date;
    atOnce?: boolean;
  },
): Promise<boolean> {
  const [begun] = await tx.query<{ staff_member_id: string; asked_by: string }>(
    `UPDATE offboarding SET state = 'ENDING', began_at = $2, due_at = least(due_at, $2::timestamptz)
     WHERE id = $1 AND state = 'SCHEDULED' AND ($3 OR due_at <= $2) RETURNING staff_member_id, asked_by`,
    [id, now, atOnce],
  );
  if (!begun) return false;
  const staffMemberId = begun.staff_member_id;
  const counts = await endAccess(tx, { accountId: staffMemberId, by: begun.asked_by, now });
  await noteAnswer(tx, { offboardingId: id, service: 'identity', counts, now });
  await publish(tx, 'staff.offboarded', { staffMemberId, offboardingId: id });
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'offboarding_started',
      outcome: 'success',
      subject: { type: 'Account', id: staffMemberId },
      details: { offboarding: id, sessions: String(counts['sessions'] ?? 0) },
    },
  );
  return true;
}
