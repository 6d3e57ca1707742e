import type { Caller } from '@kept/passport';
import { refused } from '@kept/subgraph-kit';
import type { Identity } from '../identity.ts';
import { inSteppedUpSession, readId, readReason } from '../people/stepped-up.ts';
import { rotateCredentials, type Rotation, type RotationScope } from './rotate-credentials.ts';

const NAMED_MAX = 1_000;
const OVERLAP_MINUTES_MAX = 7 * 24 * 60;

export interface RotationOrder {
  readonly scope: RotationScope;
  readonly accountIds?: readonly string[] | null | undefined;
  readonly overlapMinutes: number;
  readonly reason: string;
}

/** Replaces the credentials of everybody, or of those named (AUT-10). Whoever orders it is among them, and signs in anew. */
export function rotateAllCredentials(
  identity: Identity,
  { caller, input }: { caller: Caller; input: RotationOrder },
): Promise<Rotation> {
  const reason = readReason(input.reason);
  const { scope, overlapMinutes } = input;
  const accountIds = (input.accountIds ?? []).map((id) => readId(id, 'account'));
  if ((scope === 'NAMED') !== accountIds.length > 0 || accountIds.length > NAMED_MAX)
    throw refused.badInput(`Name 1 to ${NAMED_MAX} accounts with NAMED, and none with anything else.`, {
      field: 'accountIds',
    });
  if (overlapMinutes < 0 || overlapMinutes > OVERLAP_MINUTES_MAX)
    throw refused.badInput('Old keys of programs stay good for 0 minutes to seven days.', {
      field: 'overlapMinutes',
    });
  return inSteppedUpSession(identity, { caller, of: ['MANAGER', 'COMPLIANCE'] }, (tx, { accountId, now }) =>
    rotateCredentials(tx, {
      scope,
      accountIds,
      overlapMinutes,
      reason,
      by: { kind: 'STAFF', accountId, requestId: caller.requestId },
      now,
    }),
  );
}
