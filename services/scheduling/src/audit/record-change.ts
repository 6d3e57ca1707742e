import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Actor } from './actor.ts';

/**
 * Publishes what was done in the transaction that did it. Details are codes, counts and times, never personal data. What
 * happens to a booking is published by `saveBooking` already.
 */
export async function recordChange(
  tx: Transaction,
  change: {
    actor: Pick<Actor, 'kind' | 'accountId' | 'requestId' | 'vendor'>;
    action: string;
    subject: { type: string; id: string | null };
    /** The client it is about, when it is about one. */
    dataSubjectId?: string;
    at: Date;
    outcome?: 'SUCCESS' | 'FAILURE';
    details?: Record<string, string>;
  },
): Promise<void> {
  const { actor, dataSubjectId } = change;
  await publish(tx, 'audit.recorded', {
    action: change.action,
    actor: { kind: actor.vendor === true ? 'VENDOR' : actor.kind, id: actor.accountId },
    subject: change.subject,
    ...(dataSubjectId !== undefined && { dataSubjectId }),
    occurredAt: `${change.at.toISOString().slice(0, -1)}000Z`,
    requestId: actor.requestId,
    outcome: change.outcome ?? 'SUCCESS',
    details: change.details ?? {},
  });
}
