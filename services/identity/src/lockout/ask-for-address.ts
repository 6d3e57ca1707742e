import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { Identity } from '../identity.ts';
import { originOf } from '../risk/sign-in-origin.ts';
import { chargeAttempt, isRefused, type Charge, type Refused } from './count-attempts.ts';
import { prefixOf } from './network.ts';

/** What whoever knows an address may ask for in its owner's name. */
export interface AskedForAddress {
  readonly scope: 'ASKED' | 'UNLOCKS';
  /** The keyed hash of the address. */
  readonly identifier: Buffer;
  /** Whose it is; null of nobody, which costs the same statements (A03). */
  readonly accountId: string | null;
  readonly caller: Pick<Caller, 'networkAddress'>;
  readonly now: Date;
}

/**
 * Counts a mail or a link that is asked for in the name of an address: four an hour from one network, so that nobody uses up alone what
 * the owner needs, and ten by strangers together, so that nobody is bombed. Where the owner has signed in before, what strangers
 * ask for elsewhere does not count.
 */
export async function askForAddress(
  identity: Pick<Identity, 'secrets' | 'addressBook'>,
  tx: Transaction,
  { scope, identifier, accountId, caller, now }: AskedForAddress,
): Promise<Charge | Refused> {
  const { secrets } = identity;
  const { networkHash } = originOf(identity, tx, caller.networkAddress);
  const [known] = await tx.query<{ isFamiliar: boolean }>(
    'SELECT EXISTS (SELECT FROM sign_in_origin WHERE account_id = $1 AND network_hash = $2) AS "isFamiliar"',
    [accountId, networkHash],
  );
  // A rented rack is one network.
  const from = prefixOf(caller.networkAddress) ?? 'unknown';
  const key = secrets.hash('identifier', scope, identifier.toString('hex'), from);
  const own = await chargeAttempt(tx, { scope: 'ASKED_FROM', key }, now);
  if (isRefused(own) || known?.isFamiliar === true) return own;
  return chargeAttempt(tx, { scope, key: identifier }, now);
}
