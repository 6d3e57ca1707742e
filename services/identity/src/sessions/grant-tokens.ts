import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import { invariant } from '@kept/subgraph-kit';
import type { AccountKind } from '../accounts/account.ts';
import type { Identity } from '../identity.ts';
import { deviceToken, type UsedDevice } from './known-device.ts';
import { writeToken } from './routed-token.ts';

/** Who has signed in; what `viewer` is resolved from. */
export interface Viewer {
  readonly accountId: string;
  readonly organizationId: string;
  readonly kind: AccountKind;
  readonly roles: readonly Role[];
  readonly secondFactor: boolean;
  readonly sessionId: string;
}

export interface GrantedSession {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly deviceToken: string;
  readonly expiresAt: Date;
  readonly viewer: Viewer;
}

/** The tokens of a session's present state. The same state gives the same refresh and device token, which is what a
 * racer needs who lost (A31). Roles are read anew each time, so that a role that was taken away is gone in minutes. */
export async function grantTokens(
  { secrets, tokens, clock }: Identity,
  tx: Transaction,
  given: {
    session: { id: string; refreshCounter: number; authenticatedAt: Date; secondFactor: boolean };
    account: { id: string; kind: AccountKind; roles: readonly Role[] };
    device: UsedDevice;
  },
): Promise<GrantedSession> {
  const { session, account, device } = given;
  const { organizationId } = tx;
  invariant(organizationId !== null, 'a session belongs to an organization');
  const viewer: Viewer = {
    accountId: account.id,
    organizationId,
    kind: account.kind,
    roles: account.roles,
    secondFactor: session.secondFactor,
    sessionId: session.id,
  };
  const { token, expiresAt } = await tokens.issue(
    { ...viewer, authenticatedAt: session.authenticatedAt },
    clock(),
  );
  return {
    accessToken: token,
    refreshToken: writeToken(secrets, 'refresh', {
      organizationId,
      id: session.id,
      count: session.refreshCounter,
    }),
    deviceToken: deviceToken(secrets, organizationId, device),
    expiresAt,
    viewer,
  };
}
