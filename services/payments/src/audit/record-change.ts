import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Caller } from '@kept/passport';

/** Who did it: a caller, or this service itself (a sweep, a job, an event). */
export type Actor = Pick<Caller, 'kind' | 'accountId' | 'requestId'> & { readonly vendor?: boolean };

/** A change made by nobody who asked: `cause` names the job or the event, for whoever follows the trail. */
export function byItself(cause: string): Actor {
  return { kind: 'SERVICE', accountId: null, requestId: cause };
}

/** Publishes what was done in the transaction that did it. Details are codes, counts and amounts, never personal data. */
export async function recordChange(
  tx: Transaction,
  change: {
    actor: Actor;
    action: string;
    subject: { type: string; id: string };
    dataSubjectId?: string;
    at: Date;
    outcome?: 'SUCCESS' | 'FAILURE';
    details?: Record<string, string>;
  },
): Promise<void> {
  const { actor, dataSubjectId, outcome = 'SUCCESS' } = change;
  await publish(tx, 'audit.recorded', {
    action: change.action,
    actor: { kind: actor.vendor === true ? 'VENDOR' : actor.kind, id: actor.accountId ?? 'payments' },
    subject: change.subject,
    ...(dataSubjectId !== undefined && { dataSubjectId }),
    occurredAt: `${change.at.toISOString().slice(0, -1)}000Z`,
    requestId: actor.requestId,
    outcome,
    details: change.details ?? {},
  });
}
