import type { Transaction } from '@kept/database';
import type { Role } from '@kept/passport';
import { invariant } from '@kept/subgraph-kit';
import type { AccountKind } from '../accounts/account.ts';
import { effectiveRoles } from '../accounts/effective-roles.ts';
import type { KnownAccount } from '../accounts/find-account.ts';
import { runningEmergency } from '../emergency-access/emergency-access.ts';
import type { Identity } from '../identity.ts';
import { trainingStanding } from '../training/training-standing.ts';
import { deviceToken, type UsedDevice } from './known-device.ts';
import { writeToken } from './routed-token.ts';
import type { ClientType, SessionAssurance, SessionMethod, SessionRisk } from './session-limits.ts';

/** Who has signed in; what `viewer` is resolved from. */
export interface Viewer {
  readonly accountId: string;
  readonly organizationId: string;
  readonly kind: AccountKind;
  /** None for staff who still have to be trained. */
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
  readonly deviceId: string;
  readonly authenticatedAt: Date;
  readonly assurance: SessionAssurance;
  readonly method: SessionMethod;
  readonly clientType: ClientType;
  readonly risk: SessionRisk;
  readonly tokenGeneration: number;
  readonly idleExpiresAt: Date;
  readonly expiresAt: Date;
  /** The key of its app; its tokens are worth nothing without it. */
  readonly keyThumbprint: string | null;
  /** Proven again a moment ago: until when, and for which operation alone. */
  readonly stepUp?: { readonly until: Date; readonly operationHash: string | null };
}

/**
 * An access token for the session as it stands: with its emergency access, while one runs in it. Roles and training are
 * read anew each time, so that what was taken away is gone in minutes, and at once where tokens are withdrawn.
 */
export async function issueAccessToken(
  { tokens, clock }: Pick<Identity, 'tokens' | 'clock'>,
  tx: Transaction,
  { session, account }: { session: TokenSession; account: KnownAccount },
): Promise<{ token: string; expiresAt: Date; viewer: Viewer }> {
  const now = clock();
  const { organizationId } = tx;
  invariant(organizationId !== null, 'a session belongs to an organization');
  const granted = await effectiveRoles(tx, account, now);
  const training = await trainingStanding(tx, account, now);
  const viewer: Viewer = {
    accountId: account.id,
    organizationId,
    kind: account.kind,
    roles: training.trained ? granted.roles : [],
    secondFactor: session.assurance !== 'PASSWORD',
    sessionId: session.id,
  };
  const emergency = await runningEmergency(tx, session.id, now);
  const issued = await tokens.issue(
    {
      ...viewer,
      ...session,
      emergency,
      stepUp: session.stepUp,
      trained: training.trained,
      vendor: account.employment === 'VENDOR',
      dependants: granted.dependants,
      locations: granted.locations,
      sessionUntil: earliest(session.idleExpiresAt, session.expiresAt),
      until: training.trained ? earliest(granted.until, training.until) : granted.until,
    },
    now,
  );
  return { ...issued, viewer };
}

function earliest(one: Date, other: Date): Date;
function earliest(one: Date | null, other: Date | null): Date | null;
function earliest(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

/** The tokens of a session's present state. The same state gives the same refresh and device token, which is what a
 * racer needs who lost (A31). */
export async function grantTokens(
  identity: Identity,
  tx: Transaction,
  given: { session: TokenSession & { refreshCounter: number }; account: KnownAccount; device: UsedDevice },
): Promise<GrantedSession> {
  const { session, account, device } = given;
  const { secrets } = identity;
  const { token, expiresAt, viewer } = await issueAccessToken(identity, tx, { session, account });
  const { organizationId } = viewer;
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
