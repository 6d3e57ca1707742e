import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { inSteppedUpSession } from '../stepped-up.ts';

/** When an account that nobody uses is noticed, and closed: days since it was last used. */
export interface DormancyPolicy {
  readonly noticeAfterDays: number;
  readonly suspendAfterDays: number;
  readonly setBy: string | null;
  readonly setAt: Date | null;
}

/** Told after a month, closed after two (facts §4.9). */
export const STANDARD: DormancyPolicy = {
  noticeAfterDays: 30,
  suspendAfterDays: 60,
  setBy: null,
  setAt: null,
};

/** What holds in the organization of the transaction. */
export async function readDormancyPolicy(tx: Transaction): Promise<DormancyPolicy> {
  const [set] = await tx.query<DormancyPolicy>(
    `SELECT notice_after_days AS "noticeAfterDays", suspend_after_days AS "suspendAfterDays", set_by AS "setBy",
       set_at AS "setAt" FROM dormancy_policy WHERE organization_id = $1`,
    [tx.organizationId],
  );
  return set ?? STANDARD;
}

/** Sets it; an owner always has a week between the notice and the end. */
export function setDormancyPolicy(
  identity: Identity,
  {
    caller,
    noticeAfterDays,
    suspendAfterDays,
  }: { caller: Caller; noticeAfterDays: number; suspendAfterDays: number },
): Promise<DormancyPolicy> {
  if (noticeAfterDays < 7 || noticeAfterDays > 365)
    throw refused.badInput('The notice comes after 7 to 365 days.', { field: 'noticeAfterDays' });
  if (suspendAfterDays < noticeAfterDays + 7 || suspendAfterDays > noticeAfterDays + 365)
    throw refused.badInput('An account is closed a week to a year after the notice.', {
      field: 'suspendAfterDays',
    });
  return inSteppedUpSession(identity, { caller, of: ['MANAGER'] }, async (tx, by) => {
    await tx.query(
      `INSERT INTO dormancy_policy (organization_id, notice_after_days, suspend_after_days, set_by, set_at)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT ON CONSTRAINT one_dormancy_policy_per_organization DO UPDATE
       SET notice_after_days = $2, suspend_after_days = $3, set_by = $4, set_at = $5`,
      [tx.organizationId, noticeAfterDays, suspendAfterDays, by.accountId, by.now],
    );
    await recordAudit(tx, by, {
      action: 'dormancy_policy_changed',
      outcome: 'success',
      subject: { type: 'Organization', id: tx.organizationId ?? '' },
      details: { noticeAfterDays: String(noticeAfterDays), suspendAfterDays: String(suspendAfterDays) },
    });
    return readDormancyPolicy(tx);
  });
}
