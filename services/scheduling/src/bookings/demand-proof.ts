import type { Transaction } from '@kept/database';
import { isAtLeast, type Caller } from '@kept/passport';
import { Fault } from '@kept/subgraph-kit';
import { judgeBookingRisk, type BookingRisk } from './booking-risk.ts';

/** So long a proof of who somebody is holds: enough to choose a time, keep it and confirm it. */
const PROOF_SECONDS = 15 * 60;
const HABIT_DAYS = 180;

interface ToBook {
  readonly caller: Caller;
  readonly serviceId: string;
  readonly seats: number;
  readonly startsAt: Date;
  readonly now: Date;
}

interface Facts {
  readonly devices: boolean;
  readonly this_device: boolean;
  readonly countries: boolean;
  readonly this_country: boolean;
  readonly signals: string[] | null;
  readonly no_shows: number;
  readonly made_last_day: number;
  readonly usual_price: number | null;
  readonly price: number | null;
}

// By the client's own rows, and the few services of the business.
export const PROOF_STATEMENT = `
WITH habit AS (SELECT kind, value FROM client_habit
  WHERE client_id = $1 AND seen_at > $2::timestamptz - interval '${HABIT_DAYS} days')
SELECT
  EXISTS (SELECT FROM habit WHERE kind = 'DEVICE') AS devices,
  EXISTS (SELECT FROM habit WHERE kind = 'DEVICE' AND value = $3) AS this_device,
  EXISTS (SELECT FROM habit WHERE kind = 'COUNTRY') AS countries,
  EXISTS (SELECT FROM habit WHERE kind = 'COUNTRY' AND value = $4) AS this_country,
  (SELECT array_agg(code) FROM client_signal WHERE client_id = $1) AS signals,
  (SELECT count(*)::int FROM booking WHERE client_id = $1 AND status = 'NO_SHOW'
    AND starts_at > $2::timestamptz - interval '180 days') AS no_shows,
  (SELECT count(*)::int FROM booking WHERE client_id = $1 AND origin IN ('BOOKED', 'REQUEST')
    AND starts_at > $2::timestamptz - interval '1 day'
    AND created_at > $2::timestamptz - interval '1 day') AS made_last_day,
  (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY price_minor)::float8 FROM service WHERE price_minor > 0) AS usual_price,
  (SELECT price_minor::float8 FROM service WHERE id = $5) AS price`;

/**
 * Refuses with STEP_UP_REQUIRED when something speaks for somebody else than the client being there, and they have not
 * shown a moment ago who they are. Staff book for others under rules of their own, and who has no account proves work.
 */
export async function demandProof(tx: Transaction, toBook: ToBook): Promise<void> {
  const { caller, now } = toBook;
  if (caller.kind !== 'CLIENT') return;
  // Nothing is known that could speak for somebody else: there is nothing to look up.
  if (caller.riskLevel === 'LOW' && caller.deviceId === null && caller.country === null) return;
  const risk = await judge(tx, toBook);
  if (risk.level === 'LOW' || isProven(caller, { level: risk.level, now })) return;
  const strong = risk.level === 'HIGH';
  throw new Fault(
    'STEP_UP_REQUIRED',
    strong
      ? 'Please confirm with your authenticator or passkey that it is you, then book again.'
      : 'Please confirm with a second factor that it is you, then book again.',
    {
      detail: `booking risk ${risk.score}: ${risk.reasons.join(' ')}`,
      // RFC 9470 §3: what is needed, in words that a program reads.
      extensions: {
        acrValues: strong ? 'STRONG PHISHING_RESISTANT' : 'RESTRICTED STRONG PHISHING_RESISTANT',
        maxAgeSeconds: String(PROOF_SECONDS),
        methods: strong ? 'TOTP PASSKEY' : 'EMAIL_CODE SMS_CODE TOTP PASSKEY',
      },
    },
  );
}

function isProven(caller: Caller, { level, now }: { level: 'MEDIUM' | 'HIGH'; now: Date }): boolean {
  const seconds = now.getTime() / 1_000;
  // A session that a password opened has no more assurance after a mailed code, but its step-up is fresh.
  const steppedUp = caller.stepUp !== null && caller.stepUp.until > seconds;
  const isFresh = seconds - (caller.authenticatedAt ?? -Infinity) <= PROOF_SECONDS;
  if (level === 'HIGH') return (steppedUp || isFresh) && isAtLeast(caller.assurance, 'STRONG');
  return steppedUp || (isFresh && isAtLeast(caller.assurance, 'RESTRICTED'));
}

async function judge(
  tx: Transaction,
  { caller, serviceId, seats, startsAt, now }: ToBook,
): Promise<BookingRisk> {
  const { accountId, deviceId, country } = caller;
  const [facts] = await tx.query<Facts>(PROOF_STATEMENT, [accountId, now, deviceId, country, serviceId]);
  if (!facts) throw new Error('A query without a table gives one row.');
  const usual = facts.usual_price;
  return judgeBookingRisk({
    riskLevel: caller.riskLevel,
    // Without anything to compare with, nothing is new.
    newDevice: deviceId !== null && facts.devices && !facts.this_device,
    newCountry: country !== null && facts.countries && !facts.this_country,
    suspicions: [
      ...(facts.signals ?? []),
      ...(facts.no_shows >= 2 ? ['REPEATED_NO_SHOW'] : []),
      ...(facts.made_last_day >= 10 ? ['VELOCITY'] : []),
    ],
    timesUsualPrice: usual === null ? null : ((facts.price ?? 0) * seats) / usual,
    leadMinutes: Math.floor((startsAt.getTime() - now.getTime()) / 60_000),
  });
}

/** A booking was confirmed: on this device and from this country the client is no stranger any more. */
export async function rememberHabit(
  tx: Transaction,
  { caller, now }: { caller: Caller; now: Date },
): Promise<void> {
  if (caller.kind !== 'CLIENT' || caller.accountId === null) return;
  const habits = [
    ['DEVICE', caller.deviceId],
    ['COUNTRY', caller.country],
  ] as const;
  for (const [kind, value] of habits) {
    if (value === null) continue;
    await tx.query(
      `INSERT INTO client_habit (organization_id, client_id, kind, value, seen_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT ON CONSTRAINT one_habit_per_client_and_value
       DO UPDATE SET seen_at = greatest(client_habit.seen_at, excluded.seen_at)`,
      [tx.organizationId, caller.accountId, kind, value, now],
    );
  }
}
