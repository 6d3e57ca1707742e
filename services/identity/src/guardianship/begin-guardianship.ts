import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { organizationOf, type Identity } from '../identity.ts';
import { demandPassword, requireLiveSession } from '../sessions/live-session.ts';
import { inSentences, type Guardianship } from './guardianship.ts';
import { enterDependant, readDependantName, readEnd, writeGuardianship } from './write-guardianship.ts';

// As with people who only come along (scheduling's `addDependent`): whoever books for ever new names has no family (INC-12).
const BEGUN_A_YEAR_MAX = 12;
const YEAR_MS = 365 * 24 * 3_600_000;

/**
 * A parent begins alone, because nothing can be taken with it: the child is a client nobody knew before. Whoever is a client
 * already gets a guardian from a member of staff alone (`confirmGuardianship`).
 */
export function beginGuardianship(
  identity: Identity,
  { caller, input }: { caller: Caller; input: { displayName: string; endsAt: Date } },
): Promise<Guardianship> {
  const displayName = readDependantName(input.displayName);
  return inSentences(() =>
    identity.database.transaction(organizationOf(caller), async (tx) => {
      const now = identity.clock();
      const endsAt = readEnd(input.endsAt, now);
      const session = await requireLiveSession(tx, caller, now);
      demandPassword(session);
      const { accountId: guardianId } = session;
      // The lock makes two requests of one person count one after the other.
      await tx.query('SELECT 1 FROM account WHERE id = $1 FOR UPDATE', [guardianId]);
      const [begun] = await tx.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM guardianship WHERE guardian_id = $1 AND began_at > $2',
        [guardianId, new Date(now.getTime() - YEAR_MS)],
      );
      if ((begun?.count ?? 0) >= BEGUN_A_YEAR_MAX)
        throw refused.badInput('That is twelve within a year. Please ask the front desk.');
      const dependantId = await enterDependant(identity, tx, { displayName, guardianId, now });
      return writeGuardianship(identity, tx, { guardianId, dependantId, kind: 'CHILD', endsAt, caller, now });
    }),
  );
}
