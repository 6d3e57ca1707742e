import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import { invariant } from '@kept/subgraph-kit';
import type { AccountKind } from '../accounts/account.ts';
import { runningEmergency } from '../emergency-access/emergency-access.ts';
import type { Identity } from '../identity.ts';
import { deviceToken, type UsedDevice } from './known-device.ts';
import { writeToken } from './routed-token.ts';
import type { SessionMethod } from './session-limits.ts';

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

/** What of a session stands in its tokens. */
export interface TokenSession {
  readonly id: string;
  readonly authenticatedAt: Date;
  readonly secondFactor: boolean;
  readonly method: SessionMethod;
  readonly tokenGeneration: number;
}

/** An access token for the session as it stands: with its emergency access, while one runs in it. */
export async function issueAccessToken(
  { tokens, clock }: Pick<Identity, 'tokens' | 'clock'>,
  tx: Transaction,
  { session, viewer }: { session: TokenSession; viewer: Viewer },
): Promise<{ token: string; expiresAt: Date }> {
  const now = clock();
  const { authenticatedAt, tokenGeneration, method } = session;
  const emergency = await runningEmergency(tx, session.id, now);
  return tokens.issue({ ...viewer, authenticatedAt, tokenGeneration, method, emergency }, now);
}

/** The tokens of a session's present state. The same state gives the same refresh and device token, which is what a
 * racer needs who lost (A31). Roles are read anew each time, so that a role that was taken away is gone in minutes. */
export async function grantTokens(
  identity: Identity,
  tx: Transaction,
  given: {
    session: TokenSession & { refreshCounter: number };
    account: { id: string; kind: AccountKind; roles: readonly Role[] };
    device: UsedDevice;
  },
): Promise<GrantedSession> {
  const { session, account, device } = given;
  const { secrets } = identity;
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
  const { token, expiresAt } = await issueAccessToken(identity, tx, { session, viewer });
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
