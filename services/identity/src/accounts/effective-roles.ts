import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import type { KnownAccount } from './find-account.ts';

/** What somebody may do now, and until when at the latest: null when nothing ends by itself. */
export interface EffectiveRoles {
  readonly roles: readonly Role[];
  readonly until: Date | null;
}

/** The roles of an account at this moment. */
export function effectiveRoles(_tx: Transaction, account: KnownAccount, _now: Date): Promise<EffectiveRoles> {
  return Promise.resolve({ roles: account.roles, until: null });
}
