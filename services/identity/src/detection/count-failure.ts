import type { Transaction } from '@kept/database';
import type { Identity } from '../identity.ts';
import { networkKeys, organizationKey } from '../lockout/admit-attempt.ts';
import { refuseUntil } from '../lockout/count-attempts.ts';
import { LIMITS } from '../lockout/limits.ts';
import { networkOf, prefixOf } from '../lockout/network.ts';
import {
  ACCOUNT_FAILURES,
  BURST_MS,
  GUESSING_NETWORKS,
  NETWORK_FAILURES,
  NETWORK_IDENTIFIERS,
  PREFIX_FAILURES,
  SPRAYED_IDENTIFIERS,
  STUFFED_IDENTIFIERS,
  WINDOW_MS,
} from './detectors.ts';
import { judgeRatio } from './judge-ratio.ts';
import { raiseAlert, type Sighting } from './raise-alert.ts';
import type { FailedSignIn } from './sign-in-watch.ts';
import type { VolumeCounters, VolumeStore } from './volume-store.ts';

/** A failure in the middle of being counted. */
interface Counting {
  readonly identity: Omit<Identity, 'watch'>;
  readonly tx: Transaction;
  readonly counters: VolumeCounters;
  readonly failure: FailedSignIn;
  readonly now: Date;
}

/**
 * Counts one failure under everything that an attack can be known by, and acts on it in the same transaction. The order
 * is always the same (network, prefix, address, organization), so that no two failures wait for each other in a circle.
 */
export async function countFailure(
  identity: Omit<Identity, 'watch'>,
  volume: VolumeStore,
  failure: FailedSignIn,
): Promise<void> {
  const now = identity.clock();
  await identity.database.transaction(failure.organizationId, async (tx) => {
    const counting: Counting = { identity, tx, counters: volume.open(tx), failure, now };
    const isNewPair = await countNetwork(counting);
    await countPrefix(counting);
    await countAddress(counting, isNewPair);
  });
}

/** A key of one window. Everything in it is a keyed hash; windows are counted by the service's own clock. */
function keyOf(
  { identity, failure, now }: Counting,
  kind: string,
  { windowMs, parts }: { windowMs: number; parts: readonly (string | Buffer)[] },
): { current: string; before: string } {
  const window = Math.floor(now.getTime() / windowMs);
  const hash = identity.secrets
    .hash('network', failure.organizationId, kind, ...parts)
    .subarray(0, 16)
    .toString('base64url');
  return { current: `${kind}:${window}:${hash}`, before: `${kind}:${window - 1}:${hash}` };
}

const add = (
  counting: Counting,
  kind: string,
  of: { windowMs: number; parts: readonly (string | Buffer)[] },
): Promise<number> => counting.counters.add(keyOf(counting, kind, of).current);

/** Counts in this window and the one before it: a burst over their border is one, at the price of up to twice the time. */
async function addToBurst(counting: Counting, kind: string, part: string | Buffer): Promise<number> {
  const { current, before } = keyOf(counting, kind, { windowMs: BURST_MS, parts: [part] });
  return (await counting.counters.add(current)) + (await counting.counters.read(before));
}

/** B3, and stuffing. Answers whether this network tries this address for the first time in this window. */
async function countNetwork(counting: Counting): Promise<boolean> {
  const { identity, tx, failure, now } = counting;
  const network = networkOf(failure.networkAddress);
  const keys = networkKeys(identity, failure.organizationId, failure.networkAddress);
  if (network === undefined || !keys) return false;
  const of = (parts: readonly (string | Buffer)[]) => ({ windowMs: WINDOW_MS, parts });
  const failures = await add(counting, 'n', of([network]));
  const isNewPair = (await add(counting, 'p', of([network, failure.identifier]))) === 1;
  const identifiers = isNewPair ? await add(counting, 'd', of([network])) : 0;
  const until = new Date(now.getTime() + LIMITS.NETWORK.lockMs);
  if (failures >= NETWORK_FAILURES.raise || identifiers >= NETWORK_IDENTIFIERS.raise)
    await refuseUntil(tx, keys.raised, { until, now });
  // Exactly at the number: what is refused during a block must not lengthen it (facts §4.3).
  if (failures === NETWORK_FAILURES.block || identifiers === NETWORK_IDENTIFIERS.block)
    await refuseUntil(tx, keys.blocked, { until, now });
  if (identifiers >= STUFFED_IDENTIFIERS)
    await raise(counting, {
      kind: 'CREDENTIAL_STUFFING',
      about: [network],
      failures,
      identifiers,
      networks: 1,
    });
  return isNewPair;
}

async function countPrefix(counting: Counting): Promise<void> {
  const prefix = prefixOf(counting.failure.networkAddress);
  if (prefix === undefined) return;
  const failures = await addToBurst(counting, 'x', prefix);
  if (failures >= PREFIX_FAILURES)
    await raise(counting, {
      kind: 'PREFIX_FAILURES',
      about: [prefix],
      failures,
      identifiers: 0,
      networks: 1,
    });
}

/** The address that was tried, and with it the organization: how many different ones fail, and how many of all. */
async function countAddress(counting: Counting, isNewPair: boolean): Promise<void> {
  const { failure } = counting;
  const { identifier } = failure;
  const of = (parts: readonly (string | Buffer)[]) => ({ windowMs: WINDOW_MS, parts });
  const failures = await addToBurst(counting, 'a', identifier);
  const networks = isNewPair ? await add(counting, 'w', of([identifier])) : 0;
  if (failures >= ACCOUNT_FAILURES)
    await raise(counting, {
      kind: 'ACCOUNT_FAILURES',
      about: [identifier],
      failures,
      identifiers: 1,
      networks,
    });
  if (networks >= GUESSING_NETWORKS)
    await raise(counting, {
      kind: 'DISTRIBUTED_GUESSING',
      about: [identifier],
      failures,
      identifiers: 1,
      networks,
    });
  const isNewAddress = (await add(counting, 'i', of([identifier]))) === 1;
  const addresses = isNewAddress ? await add(counting, 's', of([])) : 0;
  const { current, before } = keyOf(counting, 'o', of([]));
  const all = await counting.counters.add(current);
  if (addresses >= SPRAYED_IDENTIFIERS) {
    await raise(counting, {
      kind: 'PASSWORD_SPRAYING',
      about: [],
      failures: all,
      identifiers: addresses,
      networks: 0,
    });
    await askEverybodyForWork(counting);
  }
  const isUnusual = await judgeRatio(counting, {
    failures: all,
    before: () => counting.counters.read(before),
  });
  if (!isUnusual) return;
  await raise(counting, { kind: 'FAILURE_RATIO', about: [], failures: all, identifiers: 0, networks: 0 });
  await askEverybodyForWork(counting);
}

/** Nobody is locked out: unknown devices have to work for each attempt, known ones notice nothing (A15). */
async function askEverybodyForWork({ identity, tx, failure, now }: Counting): Promise<void> {
  const until = new Date(now.getTime() + LIMITS.ORGANIZATION.lockMs);
  await refuseUntil(tx, organizationKey(identity, failure.organizationId), { until, now });
}

type Seen = Omit<Sighting, 'about' | 'windowMs' | 'accountId' | 'requestId'> & {
  readonly about: readonly (string | Buffer)[];
};

async function raise(counting: Counting, seen: Seen): Promise<void> {
  const { identity, tx, failure, now } = counting;
  const { organizationId, accountId, requestId } = failure;
  const ofOneAccount = seen.kind === 'ACCOUNT_FAILURES' || seen.kind === 'DISTRIBUTED_GUESSING';
  const isBurst = seen.kind === 'ACCOUNT_FAILURES' || seen.kind === 'PREFIX_FAILURES';
  await raiseAlert(identity, tx, {
    sighting: {
      ...seen,
      about: identity.secrets.hash('network', organizationId, seen.kind, ...seen.about),
      accountId: ofOneAccount ? accountId : null,
      windowMs: isBurst ? BURST_MS : WINDOW_MS,
      requestId,
    },
    now,
  });
}
