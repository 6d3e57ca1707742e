import { may, type Ability } from '@kept/access-policy';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../audit.ts';
import { organizationOf, type Identity } from '../identity.ts';
import { textPlace, type ReviewFinding } from './emergency-access.ts';
import { lockEmergencyAccess, type EmergencyAccessRecord } from './read-emergency-accesses.ts';

const REMARK_MAX = 1_000;

/** Writes down, once, what somebody else thinks of an emergency access that is over. */
export async function reviewEmergencyAccess(
  identity: Identity,
  { caller, ability }: { caller: Caller; ability: Ability },
  input: { id: string; finding: ReviewFinding; remark: string | null },
): Promise<EmergencyAccessRecord> {
  const { id, finding } = input;
  const remark = input.remark?.trim() || null;
  if (remark !== null && remark.length > REMARK_MAX) {
    throw refused.badInput(`A remark has at most ${REMARK_MAX} characters.`, { field: 'remark' });
  }
  return identity.database.transaction(organizationOf(caller), async (tx) => {
    const now = identity.clock();
    const { accountId: reviewedBy } = caller;
    const access = await lockEmergencyAccess(identity, tx, id);
    if (reviewedBy === null || !may(ability, 'review', 'EmergencyAccess', access)) {
      throw refused.forbidden('Somebody else with the role COMPLIANCE has to review your emergency access.');
    }
    if (access.reviewedAt !== null) throw refused.badInput('This emergency access is reviewed already.');
    if (access.endedAt === null && access.until > now) {
      throw refused.badInput('This emergency access still runs. End it first, then review it.');
    }
    const sealed = remark && (await identity.keyring.seal(tx, textPlace(access, 'remark'), remark));
    await tx.query(
      'UPDATE emergency_access SET reviewed_at = $2, reviewed_by = $3, finding = $4, remark = $5 WHERE id = $1',
      [id, now, reviewedBy, finding, sealed],
    );
    await recordAudit(
      tx,
      { caller, now },
      {
        action: 'emergency_access_reviewed',
        outcome: 'success',
        subject: { type: 'EmergencyAccess', id },
        dataSubjectId: access.accountId,
        details: { finding },
      },
    );
    return { ...access, reviewedAt: now, reviewedBy, finding, remark };
  });
}
