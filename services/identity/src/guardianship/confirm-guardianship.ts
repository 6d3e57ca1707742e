import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import type { Identity } from '../identity.ts';
import { queueMail } from '../messages/queue-mail.ts';
import { inSteppedUpSession, readId, readReason } from '../people/stepped-up.ts';
import { dependantGuardians } from './dependant-guardians.ts';
import { inSentences, type Guardianship, type GuardianshipKind } from './guardianship.ts';
import { enterDependant, readDependantName, readEnd, writeGuardianship } from './write-guardianship.ts';

export interface ConfirmGuardianshipInput {
  readonly guardianId: string;
  readonly dependantId?: string | null | undefined;
  readonly displayName?: string | null | undefined;
  readonly kind: GuardianshipKind;
  readonly endsAt: Date;
  readonly reason: string;
}

/** A member of staff has seen what shows that somebody answers for somebody. Guardians so far, and the new one, are told. */
export function confirmGuardianship(
  identity: Identity,
  { caller, input }: { caller: Caller; input: ConfirmGuardianshipInput },
): Promise<Guardianship> {
  const reason = readReason(input.reason);
  const guardianId = readId(input.guardianId, 'client');
  const named = input.dependantId == null ? undefined : readId(input.dependantId, 'client');
  const displayName = input.displayName == null ? undefined : readDependantName(input.displayName);
  if ((named === undefined) === (displayName === undefined))
    throw refused.badInput('Say either "dependantId" or "displayName".', { field: 'dependantId' });
  return inSentences(() =>
    inSteppedUpSession(identity, { caller, of: ['FRONT_DESK', 'MANAGER'] }, async (tx, by) => {
      const { now } = by;
      const endsAt = readEnd(input.endsAt, now);
      await demandClient(tx, guardianId);
      if (named !== undefined) await demandClient(tx, named);
      const dependantId =
        named ?? (await enterDependant(identity, tx, { displayName: displayName ?? '', guardianId, now }));
      const before = await dependantGuardians(tx, dependantId, now);
      const { kind } = input;
      const confirmed = { by: by.accountId, reason };
      const written = await writeGuardianship(identity, tx, {
        guardianId,
        dependantId,
        kind,
        endsAt,
        confirmed,
        caller,
        now,
      });
      for (const accountId of [...before, guardianId])
        await queueMail(identity, tx, { mail: { accountId, template: 'guardianship-confirmed' }, now });
      return written;
    }),
  );
}

// Whoever is of another organization, or works here, is no client of this one.
async function demandClient(tx: Transaction, id: string): Promise<void> {
  const clients = await tx.query(
    "SELECT 1 FROM account WHERE id = $1 AND kind = 'CLIENT' AND state = 'ACTIVE'",
    [id],
  );
  if (clients.length === 0) throw refused.notFound('client');
}
