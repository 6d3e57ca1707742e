import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { Identity } from '../identity.ts';
import { isOwnNetwork } from '../network-rules/own-network.ts';
import { networkKeys } from '../lockout/admit-attempt.ts';
import { kilometresBetween } from './locate-address.ts';
import { isAutomation } from './name-device.ts';
import { ORIGIN_COLUMNS, openOrigin, originOf, type Origin, type OriginRow } from './sign-in-origin.ts';
import type { RiskSignals } from './score-risk.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Fewer sign-ins than this say nothing about when somebody usually comes. */
const HABIT_MIN = 20;
/** Hours on either side that count as the same habit. */
const HABIT_WIDTH = 2;

interface History {
  readonly idle_since: Date;
  readonly has_devices: boolean;
  readonly knows_countries: boolean;
  readonly knows_country: boolean;
  readonly hours: number[] | null;
  readonly hour_now: number;
  readonly code_reused: boolean;
  readonly failures: number;
  readonly network_tries_many: boolean;
}

// Everything by the account's own rows and indexes: what it costs grows with one person, not with the business.
const HISTORY = `
SELECT a.last_active_at AS idle_since,
  EXISTS (SELECT FROM device d WHERE d.account_id = a.id) OR
    EXISTS (SELECT FROM sign_in_origin o WHERE o.account_id = a.id) AS has_devices,
  EXISTS (SELECT FROM sign_in_origin o WHERE o.account_id = a.id AND o.country IS NOT NULL
    AND o.seen_at > $2::timestamptz - interval '180 days') AS knows_countries,
  EXISTS (SELECT FROM sign_in_origin o WHERE o.account_id = a.id AND o.country = $3
    AND o.seen_at > $2::timestamptz - interval '180 days') AS knows_country,
  (SELECT array_agg(extract(hour FROM o.began_at AT TIME ZONE a.time_zone)::int) FROM sign_in_origin o
    WHERE o.account_id = a.id AND o.began_at > $2::timestamptz - interval '60 days') AS hours,
  extract(hour FROM $2::timestamptz AT TIME ZONE a.time_zone)::int AS hour_now,
  EXISTS (SELECT FROM risk_assessment r WHERE r.account_id = a.id AND r.occasion = 'CODE_REUSE'
    AND r.assessed_at > $2::timestamptz - interval '1 day') AS code_reused,
  coalesce((SELECT c.failures FROM attempt_counter c WHERE c.scope = 'UNKNOWN_DEVICES' AND c.key_hash = $4
    AND c.window_ends_at > $2), 0) AS failures,
  -- What lockout has found out about the network: it tries many addresses, and is slowed or blocked for it.
  EXISTS (SELECT FROM attempt_counter c WHERE c.scope IN ('NETWORK', 'IDENTIFIERS') AND c.key_hash = $5
    AND c.locked_until > $2) AS network_tries_many
FROM account a WHERE a.id = $1`;

const LAST = `SELECT ${ORIGIN_COLUMNS} FROM sign_in_origin WHERE account_id = $1 ORDER BY seen_at DESC LIMIT 1`;

export interface Judged {
  readonly caller: Pick<Caller, 'networkAddress' | 'userAgent'>;
  readonly accountId: string;
  /** The device that is known to be the account's; null for one that nobody knows. */
  readonly deviceId: string | null;
  /** Under which the account's wrong passwords are counted, where it is at hand. */
  readonly identifier?: Buffer | undefined;
  readonly now: Date;
}

/** Gathers what a sign-in is judged by, and from where it comes. */
export async function readSignals(
  identity: Identity,
  tx: Transaction,
  judged: Judged,
): Promise<{ signals: RiskSignals; origin: Origin }> {
  const { caller, accountId, deviceId, now } = judged;
  const origin = originOf(identity, tx, caller.networkAddress);
  const country = origin.place?.country ?? null;
  const [history] = await tx.query<History>(HISTORY, [
    accountId,
    now,
    country,
    judged.identifier ?? null,
    networkKeys(identity, tx.organizationId ?? '', caller.networkAddress)?.raised.key ?? null,
  ]);
  const [last] = await tx.query<OriginRow>(LAST, [accountId]);
  if (!history) throw new Error('A sign-in is judged for an account that exists.');
  const signals: RiskSignals = {
    knownDevice: deviceId !== null ? true : history.has_devices ? false : null,
    // Without any country to compare with, none is new.
    knownCountry: country === null || !history.knows_countries ? null : history.knows_country,
    travel: last ? await travelled(identity, tx, { last, origin, now }) : null,
    relayed: origin.relayed || last?.relayed === true,
    ownNetwork: await isOwnNetwork(tx, caller.networkAddress),
    idleDays: Math.floor((now.getTime() - history.idle_since.getTime()) / DAY_MS),
    anonymousNetwork: origin.anonymous,
    networkChanged:
      origin.provider !== null && last?.provider != null && Number(last.provider) !== origin.provider,
    recentFailures: history.failures,
    stuffing: history.network_tries_many,
    offHours: isOffHours(history),
    automation: isAutomation(caller.userAgent),
    codeReused: history.code_reused,
  };
  return { signals, origin };
}

async function travelled(
  identity: Identity,
  tx: Transaction,
  { last, origin, now }: { last: OriginRow; origin: Origin; now: Date },
): Promise<RiskSignals['travel']> {
  if (origin.place === null || last.place === null) return null;
  const { place } = await openOrigin(identity, tx, last);
  const kilometres = kilometresBetween(place, origin.place);
  if (kilometres === null) return null;
  return { kilometres, hours: Math.max(0, now.getTime() - last.seen_at.getTime()) / HOUR_MS };
}

function isOffHours({ hours, hour_now: now }: History): boolean {
  if (hours === null || hours.length < HABIT_MIN) return false;
  return hours.every((hour) => {
    const apart = Math.abs(hour - now);
    return Math.min(apart, 24 - apart) > HABIT_WIDTH;
  });
}
