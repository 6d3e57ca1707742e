import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { Identity } from '../identity.ts';
import {
  chargeAttempt,
  isRefused,
  lockOf,
  readCounter,
  type AttemptKey,
  type Charge,
} from './count-attempts.ts';
import { networkOf } from './network.ts';

/** Whose attempt it is, as far as counting goes. */
export interface Attempt {
  /** A keyed hash of the address; the same whether anybody has it or not. */
  readonly identifier: Buffer;
  readonly deviceId: string | null;
  readonly networkAddress: string | null;
  /** A keyed hash of the password, to recognise the same wrong one. */
  readonly tried: Buffer;
}

/** An attempt that may be looked at, with what was counted for it; nothing when it repeats a wrong one. */
export interface Admission {
  readonly counted: AttemptKey;
  readonly charges: readonly Charge[];
}

/** What a password attempt counts for: the known device alone, or else all unknown devices of the address together. */
const counterOf = ({ secrets }: Identity, attempt: Attempt): AttemptKey =>
  attempt.deviceId === null
    ? { scope: 'UNKNOWN_DEVICES', key: attempt.identifier }
    : { scope: 'KNOWN_DEVICE', key: secrets.hash('attempt', attempt.deviceId) };

/**
 * Decides, before the password is looked at, whether it will be, and counts it. A known device is not asked
 * about its network nor about strangers' failures: nobody can lock the owner out of it. Refused attempts count nothing.
 */
export async function admitAttempt(
  identity: Identity,
  tx: Transaction,
  attempt: Attempt,
): Promise<Admission | { retryAfterSeconds: number }> {
  const now = identity.clock();
  const counted = counterOf(identity, attempt);
  const network = attempt.deviceId === null ? networkKey(identity, tx, attempt) : undefined;
  const blocked = network && (await lockOf(tx, network, now));
  if (blocked) throw refused.rateLimited(blocked.retryAfterSeconds);
  const { lock, triedBefore } = await readCounter(tx, counted, { tried: attempt.tried, now });
  if (lock) return lock;
  if (triedBefore) return { counted, charges: [] };

  const charge = await chargeAttempt(tx, counted, now);
  if (isRefused(charge)) return charge;
  const networkCharge = network && (await chargeAttempt(tx, network, now));
  // Thrown, so that the charge before it is rolled back with everything else.
  if (networkCharge && isRefused(networkCharge)) throw refused.rateLimited(networkCharge.retryAfterSeconds);
  return { counted, charges: networkCharge ? [charge, networkCharge] : [charge] };
}

function networkKey({ secrets }: Identity, tx: Transaction, attempt: Attempt): AttemptKey | undefined {
  const network = networkOf(attempt.networkAddress);
  if (network === undefined) return undefined;
  return { scope: 'NETWORK', key: secrets.hash('network', tx.organizationId ?? '', network) };
}
