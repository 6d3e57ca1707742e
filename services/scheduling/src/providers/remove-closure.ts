import { onceByKey } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { readId } from '../input.ts';
import type { RemoveClosureInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { lockOrganization } from './add-closure.ts';
import { findClosure } from './closure.ts';
import { giveTimeBack } from './give-time-back.ts';

/** Opens the business again for a time that it was to be closed. */
export function removeClosure(context: SchedulingContext, input: RemoveClosureInput) {
  const closureId = readId(input.closureId, 'closureId');
  const { caller } = context;
  return settle<{ __typename: 'ClosureRemoved'; closureId: string }, never>(() =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'removeClosure',
        key: input.idempotencyKey,
      };
      await onceByKey(tx, { ...request, request: { closureId } }, async () => {
        const now = context.clock();
        await lockOrganization(tx);
        const closure = await findClosure(tx, closureId);
        if (closure === undefined) throw refused.notFound('closure');
        await tx.query('DELETE FROM organization_closure WHERE id = $1', [closureId]);
        await giveTimeBack(tx, context, closure);
        await recordChange(tx, {
          actor: caller,
          action: 'closure_removed',
          subject: { type: 'Closure', id: closureId },
          at: now,
        });
        return {};
      });
      return { __typename: 'ClosureRemoved', closureId };
    }),
  );
}
