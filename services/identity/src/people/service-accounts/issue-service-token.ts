import type { Caller } from '@kept/passport';
import type { Transaction } from '@kept/database';
import { findActive } from '../../accounts/find-account.ts';
import { recordAudit } from '../../audit.ts';
import type { Identity } from '../../identity.ts';
import { sha256 } from '../../secrets.ts';
import { issueSession } from '../../sessions/issue-session.ts';
import { refuseSession } from '../../sessions/refuse-session.ts';
import { completeFlow, openFlow } from '../../sign-in/transition-flow.ts';
import { isFromNetworks, organizationOfKey } from './service-key.ts';

export type ServiceTokenOutcome =
  { readonly accessToken: string; readonly expiresAt: Date } | { readonly refused: string };

// Whatever is wrong with it: a thief learns nothing from the words.
const REFUSED = 'This key is not good here. Ask whoever answers for the program for another one.';

/**
 * Exchanges a key for a token of five minutes, through the one place that sessions come from (A10, A19). Its refresh token is
 * not given out: a program asks again, and each time the key, the network, the program and its owner are looked at.
 */
export async function issueServiceToken(
  identity: Identity,
  { caller, key }: { caller: Caller; key: string },
): Promise<ServiceTokenOutcome> {
  const organizationId = organizationOfKey(key);
  if (organizationId === undefined) return { refused: REFUSED };
  return identity.database.transaction(organizationId, async (tx) => {
    const now = identity.clock();
    const [found] = await tx.query<{
      id: string;
      account_id: string;
      device_id: string;
      networks: string[];
    }>(
      `UPDATE service_key SET last_used_at = $2 WHERE key_hash = $1 AND revoked_at IS NULL AND expires_at > $2
       RETURNING id, account_id, device_id, networks`,
      [sha256(key), now],
    );
    if (!found) return { refused: REFUSED };
    const account = await findActive(tx, found.account_id);
    const inPlace = isFromNetworks(found.networks, caller.networkAddress);
    const request = { caller, account, now };
    if (
      !account ||
      account.kind !== 'SERVICE' ||
      !inPlace ||
      (await refuseSession(identity, tx, { ...request, account }))
    ) {
      await refuse(tx, { caller, now, keyId: found.id, why: inPlace ? 'closed' : 'network' });
      return { refused: REFUSED };
    }
    const flow = await openFlow(
      tx,
      { kind: 'SIGN_IN', state: 'AWAITING_FACTOR', accountId: account.id },
      now,
    );
    await completeFlow(tx, flow.id, 'AWAITING_FACTOR');
    const session = await issueSession(identity, tx, {
      caller,
      account,
      signIn: {
        flowId: flow.id,
        deviceId: found.device_id,
        assurance: 'PASSWORD',
        method: 'SERVICE_KEY',
        risk: { level: 'LOW', reasons: [] },
      },
    });
    return { accessToken: session.accessToken, expiresAt: session.expiresAt };
  });
}

const refuse = (
  tx: Transaction,
  { caller, now, keyId, why }: { caller: Caller; now: Date; keyId: string; why: string },
): Promise<void> =>
  recordAudit(
    tx,
    { caller, now },
    {
      action: 'authn_login_fail',
      outcome: 'failure',
      subject: { type: 'ServiceKey', id: keyId },
      details: { reason: why },
    },
  );
