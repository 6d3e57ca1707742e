import type { Transaction } from '@kept/database';
import type { Identity } from '../identity.ts';
import { takeAttempt } from '../sign-in/transition-flow.ts';
import {
  chargeAttempt,
  isRefused,
  readCounters,
  secondsUntil,
  type AttemptKey,
  type Charge,
  type CounterState,
} from './count-attempts.ts';
import { PROOF_FROM } from './limits.ts';
import { networkOf } from './network.ts';
import { spendWork, workAfter, type DoneWork } from './work.ts';

/** Whose attempt it is, as far as counting goes. */
export interface Attempt {
  /** A keyed hash of the address; the same whether anybody has it or not. */
  readonly identifier: Buffer;
  readonly accountId: string | undefined;
  readonly deviceId: string | null;
  readonly networkAddress: string | null;
  /** A keyed hash of the password, to recognise the same wrong one. */
  readonly tried: Buffer;
  /** Work that was done for it. */
  readonly work: DoneWork | undefined;
  /** The flow of an unlock link that was opened in this browser. */
  readonly unlockFlow: string | null | undefined;
}

/** An attempt that may be looked at, with what was counted for it; nothing when it repeats a wrong one. */
export interface Admission {
  /** Null for an attempt that an unlock link lets through: its flow has five of its own. */
  readonly counted: AttemptKey | null;
  readonly charges: readonly Charge[];
  readonly unlockFlowId: string | null;
}

/** An attempt that is not looked at, and why. */
export type AttemptRefusal =
  | { readonly refused: 'LOCKED' | 'NETWORK'; readonly retryAfterSeconds: number }
  | { readonly refused: 'WORK'; readonly work: number };

export const isAdmitted = (answer: Admission | AttemptRefusal): answer is Admission => 'charges' in answer;

/** Under what the failures of all unknown devices at one address are counted. */
export const unknownDevicesKey = (identifier: Buffer): AttemptKey => ({
  scope: 'UNKNOWN_DEVICES',
  key: identifier,
});

/** A network, as verdicts about it are kept: blocked (NETWORK), or asked for work (IDENTIFIERS). */
export function networkKeys(
  { secrets }: Pick<Identity, 'secrets'>,
  organizationId: string,
  address: string | null,
): { readonly blocked: AttemptKey; readonly raised: AttemptKey } | undefined {
  const network = networkOf(address);
  if (network === undefined) return undefined;
  const key = secrets.hash('network', organizationId, network);
  return { blocked: { scope: 'NETWORK', key }, raised: { scope: 'IDENTIFIERS', key } };
}

/** The organization as a whole, asked for work while it is sprayed or flooded (A15, B5). */
export const organizationKey = (
  { secrets }: Pick<Identity, 'secrets'>,
  organizationId: string,
): AttemptKey => ({ scope: 'ORGANIZATION', key: secrets.hash('attempt', 'organization', organizationId) });

/**
 * Decides, before the password is looked at, whether it will be, and counts it. A known device is asked neither for work
 * nor about its network or strangers' failures: nobody can lock the owner out of it. Refused attempts count nothing.
 */
export async function admitAttempt(
  identity: Identity,
  tx: Transaction,
  attempt: Attempt,
): Promise<Admission | AttemptRefusal> {
  if (attempt.deviceId !== null) {
    const key = identity.secrets.hash('attempt', attempt.deviceId);
    return admitKnown(tx, { scope: 'KNOWN_DEVICE', key }, { attempt, now: identity.clock() });
  }
  return (await admitUnlocked(identity, tx, attempt)) ?? admitUnknown(identity, tx, attempt);
}

async function admitKnown(
  tx: Transaction,
  counted: AttemptKey,
  { attempt, now }: { attempt: Attempt; now: Date },
): Promise<Admission | AttemptRefusal> {
  const [state] = await readCounters(tx, [counted], { tried: attempt.tried, now });
  if (state?.lockedUntil) return locked(state.lockedUntil, now);
  if (state?.triedBefore) return { counted, charges: [], unlockFlowId: null };
  const charge = await chargeAttempt(tx, counted, now);
  if (isRefused(charge)) return { refused: 'LOCKED', ...charge };
  return { counted, charges: [charge], unlockFlowId: null };
}

/** The browser that asked for the link and opened it: five attempts of its own, which open nothing to anybody else. */
async function admitUnlocked(
  { clock }: Identity,
  tx: Transaction,
  { unlockFlow, accountId }: Attempt,
): Promise<Admission | undefined> {
  if (!unlockFlow || accountId === undefined) return undefined;
  const step = { kind: 'UNLOCK', state: 'AWAITING_PASSWORD', now: clock() } as const;
  const flow = await takeAttempt(tx, unlockFlow, step);
  if (!flow || flow.account_id !== accountId) return undefined;
  return { counted: null, charges: [], unlockFlowId: flow.id };
}

async function admitUnknown(
  identity: Identity,
  tx: Transaction,
  attempt: Attempt,
): Promise<Admission | AttemptRefusal> {
  const now = identity.clock();
  const organizationId = tx.organizationId ?? '';
  const counted = unknownDevicesKey(attempt.identifier);
  const network = networkKeys(identity, organizationId, attempt.networkAddress);
  const keys = [counted, organizationKey(identity, organizationId)];
  if (network) keys.push(network.blocked, network.raised);
  const states = await readCounters(tx, keys, { tried: attempt.tried, now });
  const until = (scope: AttemptKey['scope']) =>
    states.find((state) => state.scope === scope)?.lockedUntil ?? null;

  const blocked = until('NETWORK');
  if (blocked) return { refused: 'NETWORK', retryAfterSeconds: secondsUntil(blocked, now) };
  const own = states.find(({ scope }) => scope === 'UNKNOWN_DEVICES');
  if (own?.lockedUntil) return locked(own.lockedUntil, now);
  const raised = Number(until('IDENTIFIERS') !== null) + Number(until('ORGANIZATION') !== null);
  const needed = neededWork(own, raised);
  const proven = await isProven(tx, { attempt, needed, now });
  if (needed !== undefined && !proven) return { refused: 'WORK', work: needed };
  if (own?.triedBefore) return { counted, charges: [], unlockFlowId: null };

  const charge = await chargeAttempt(tx, proven ? counted : { ...counted, below: PROOF_FROM }, now);
  if (!isRefused(charge)) return { counted, charges: [charge], unlockFlowId: null };
  // Others were faster. Without work done, that is what is missing now.
  return proven
    ? { refused: 'LOCKED', ...charge }
    : { refused: 'WORK', work: workAfter(PROOF_FROM, { raised }) };
}

function neededWork(own: CounterState | undefined, raised: number): number | undefined {
  const failures = own?.failures ?? 0;
  return failures >= PROOF_FROM || raised > 0 ? workAfter(failures, { raised }) : undefined;
}

async function isProven(
  tx: Transaction,
  { attempt, needed, now }: { attempt: Attempt; needed: number | undefined; now: Date },
): Promise<boolean> {
  // Work that was handed out in quieter times is too little now.
  if (needed === undefined || attempt.work === undefined || attempt.work.work < needed) return false;
  return spendWork(tx, attempt.work, now);
}

const locked = (until: Date, now: Date): AttemptRefusal => ({
  refused: 'LOCKED',
  retryAfterSeconds: secondsUntil(until, now),
});
