import { may, type Ability } from '@kept/access-policy';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { lockEmergencyAccess, type EmergencyAccessRecord } from './read-emergency-accesses.ts';

/**
 * Ends an emergency access before its time: its owner, or anybody with the role COMPLIANCE. Gateways hear of it by the
 * control feed, so that tokens which still claim it claim nothing. Ending what is over changes nothing and is no mistake.
 */
export async function endEmergencyAccess(
  identity: Identity,
  { caller, ability }: { caller: Caller; ability: Ability },
  id: string,
): Promise<EmergencyAccessRecord> {
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const access = await lockEmergencyAccess(identity, tx, id);
    // Whoever may not read the list of them does not learn that there is this one.
    if (!may(ability, 'end', 'EmergencyAccess', access)) throw refused.notFound('emergency access');
    if (access.endedAt !== null || access.until <= now) return access;
    await tx.query('UPDATE emergency_access SET ended_at = $2 WHERE id = $1', [id, now]);
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'emergency_access_ended',
        outcome: 'success',
        subject: { type: 'EmergencyAccess', id },
        dataSubjectId: access.accountId,
      },
    );
    return { ...access, endedAt: now };
  });
}
