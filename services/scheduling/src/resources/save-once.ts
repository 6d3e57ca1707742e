import { onceByKey, type Transaction } from '@kept/database';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { inOrganization } from '../scheduling.ts';
import { settle, type NotDone } from '../settle.ts';
import { demandManaging, type Offered } from '../services/offer.policy.ts';

interface Save<Answer, Refusal extends { __typename: string }> {
  readonly offered: Offered;
  /** The mutation, for its idempotency keys. */
  readonly operation: string;
  /** What the audit calls it. */
  readonly action: string;
  readonly key: string;
  /** What was asked, checked. */
  readonly request: unknown;
  /** Writes it, and says its id. It may refuse, and then nothing is done. */
  readonly write: (tx: Transaction, notDone: (outcome: Refusal) => NotDone<Refusal>) => Promise<string>;
  /** What it is now, for the answer. */
  readonly show: (tx: Transaction, id: string) => Promise<Answer>;
}

/** One thing that a manager adds or changes: once per key, told to the audit, shown as it is. */
export function saveOnce<Answer, Refusal extends { __typename: string } = never>(
  context: SchedulingContext,
  save: Save<Answer, Refusal>,
) {
  const { caller } = context;
  const { offered, operation, action, key, request, write, show } = save;
  return settle<Answer, Refusal>((notDone) =>
    inOrganization(context, async (tx) => {
      demandManaging(context, offered);
      const asked = { actor: caller.accountId ?? '', operation, key, request };
      const { id } = await onceByKey(tx, asked, async () => {
        const written = await write(tx, notDone);
        await recordChange(tx, {
          actor: caller,
          action,
          subject: { type: offered, id: written },
          at: context.clock(),
        });
        return { id: written };
      });
      return show(tx, id);
    }),
  );
}
