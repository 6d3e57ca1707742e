import { onceByKey } from '@kept/database';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { versionConflict, type VersionConflict } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount } from '../input.ts';
import { inOrganization } from '../scheduling.ts';
import type { SetReviewPolicyInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { DECIDE_WITHIN_MINUTES, readReviewPolicy, type ReviewPolicy } from './review-policy.ts';

export interface PolicySet {
  __typename: 'ReviewPolicySet';
  policy: ReviewPolicy;
}

const changedMeanwhile = (version: number): VersionConflict => ({
  ...versionConflict(version),
  message: 'These settings were changed in the meantime. Please look at them again.',
});

/** Says how long reviews may take and what becomes of those that nobody looked at. Reviews under way keep their time. */
export function setReviewPolicy(context: SchedulingContext, input: SetReviewPolicyInput) {
  const { caller } = context;
  const minutes = readCount(input.decideWithinMinutes, {
    field: 'decideWithinMinutes',
    ...DECIDE_WITHIN_MINUTES,
  });
  const { whenOverdue, expectedVersion } = input;
  return settle<PolicySet, VersionConflict>((notDone) =>
    inOrganization(context, async (tx) => {
      const actor = caller.accountId ?? '';
      const asked = { actor, operation: 'setReviewPolicy', key: input.idempotencyKey };
      await onceByKey(tx, { ...asked, request: { minutes, whenOverdue, expectedVersion } }, async () => {
        const now = context.clock();
        const [saved] = await tx.query<{ version: number }>(
          `INSERT INTO review_policy AS p (organization_id, decide_within_minutes, when_overdue, version, updated_at)
           SELECT $1, $2, $3, 1, $4 WHERE $5 = 0
             OR EXISTS (SELECT FROM review_policy WHERE organization_id = $1)
           ON CONFLICT (organization_id) DO UPDATE SET decide_within_minutes = excluded.decide_within_minutes,
             when_overdue = excluded.when_overdue, version = p.version + 1, updated_at = excluded.updated_at
             WHERE p.version = $5
           RETURNING version`,
          [tx.organizationId, minutes, whenOverdue, now, expectedVersion],
        );
        if (saved === undefined) throw notDone(changedMeanwhile((await readReviewPolicy(tx)).version));
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'review_policy_changed',
          subject: { type: 'Organization', id: tx.organizationId },
          at: now,
          details: { decideWithinMinutes: String(minutes), whenOverdue, version: String(saved.version) },
        });
        return saved;
      });
      return { __typename: 'ReviewPolicySet', policy: await readReviewPolicy(tx) };
    }),
  );
}
