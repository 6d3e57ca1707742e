import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Caller } from '@kept/passport';

/** Who did it: a caller, or this service itself (a sweep, a job, an event). */
export type Actor = Pick<Caller, 'kind' | 'accountId' | 'requestId'>;

/** A change made by nobody who asked: `cause` names the job or the event, for whoever follows the trail. */
export function byItself(cause: string): Actor {
  return { kind: 'SERVICE', accountId: null, requestId: cause };
}

/** Publishes what was done in the transaction that did it. Details are codes, counts and times, never personal data. */
export async function recordChange(
  tx: Transaction,
  change: {
    actor: Actor;
    action: string;
    subject: { type: string; id: string | null };
    /** The client it is about, when it is about one. */
    dataSubjectId?: string;
    at: Date;
    details?: Record<string, string>;
  },
): Promise<void> {
  const { actor, dataSubjectId } = change;
  await publish(tx, 'audit.recorded', {
    action: change.action,
    actor: { kind: actor.kind, id: actor.accountId },
    subject: change.subject,
    ...(dataSubjectId !== undefined && { dataSubjectId }),
    occurredAt: `${change.at.toISOString().slice(0, -1)}000Z`,
    requestId: actor.requestId,
    outcome: 'SUCCESS',
    details: change.details ?? {},
  });
}
