import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { inSteppedUpSession, readId, readReason } from '../people/stepped-up.ts';
import { requireLiveSession } from '../sessions/live-session.ts';
import { lockGuardianship, type Guardianship } from './guardianship.ts';

/** Ends a guardianship: whoever answers may stop, and staff end one that should not be. A trigger withdraws tokens (A36). */
export function endGuardianship(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { id: string; reason?: string | null | undefined } },
): Promise<Guardianship> {
  const id = readId(input.id, 'guardianship');
  if (caller.kind === 'STAFF') {
    const reason = readReason(input.reason ?? '');
    return inSteppedUpSession(
      identity,
      { caller, of: ['FRONT_DESK', 'MANAGER'] },
      async (tx, { accountId, now }) => end(identity, tx, { id, by: accountId, caller, reason, now }),
    );
  }
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { accountId } = await requireLiveSession(tx, caller, now);
    return end(identity, tx, { id, by: accountId, caller, guardianId: accountId, now });
  });
}

async function end(
  identity: Identity,
  tx: Transaction,
  given: { id: string; by: string; caller: Caller; guardianId?: string; reason?: string; now: Date },
): Promise<Guardianship> {
  const { id, by, caller, guardianId, reason, now } = given;
  const found = await lockGuardianship(identity, tx, id);
  // Somebody else's, also the other parent's, is not there for whoever may not end it.
  if (!found || (guardianId !== undefined && found.guardianId !== guardianId))
    throw refused.notFound('guardianship');
  if (found.endedAt !== null || found.endsAt <= now) return found;
  await tx.query('UPDATE guardianship SET ended_at = $2, ended_by = $3 WHERE id = $1', [id, now, by]);
  // Links in mails to whoever answered open nothing from now on (A38).
  await publish(tx, 'contact.changed', { clientId: found.dependantId });
  await queueMail(identity, tx, {
    mail: { accountId: found.guardianId, template: 'guardianship-ended' },
    now,
  });
  await recordAudit(
    tx,
    { caller, now },
    {
      action: 'guardianship_ended',
      outcome: 'success',
      subject: { type: 'Account', id: found.dependantId },
      details: { guardianship: id, guardian: found.guardianId, ...(reason !== undefined && { reason }) },
    },
  );
  return { ...found, endedAt: now };
}
