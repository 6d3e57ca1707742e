import type { Transaction } from '@kept/database';
import type { AccountKind } from '../accounts/account.ts';

/** Whether somebody may use the roles they have, as far as training goes, and until when. */
export interface TrainingStanding {
  readonly trained: boolean;
  /** Null where there is nothing to be trained for. */
  readonly until: Date | null;
}

const NOTHING_TO_LEARN: TrainingStanding = { trained: true, until: null };

/** Where somebody stands with the training that staff need before anything else (TRN-01). Clients need none. */
export async function trainingStanding(
  tx: Transaction,
  account: { readonly id: string; readonly kind: AccountKind },
  now: Date,
): Promise<TrainingStanding> {
  if (account.kind !== 'STAFF') return NOTHING_TO_LEARN;
  const [row] = await tx.query<{ trained_until: Date | null }>(
    'SELECT trained_until FROM account WHERE id = $1',
    [account.id],
  );
  const until = row?.trained_until ?? null;
  return { trained: until !== null && until > now, until };
}
