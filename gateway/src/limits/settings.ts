import { z } from 'zod';

/**
 * What one operation may cost at most (@cost, @listSize). The largest page of a calendar with everything on it (100
 * bookings with people, service, payments) costs 1 702; the usual page of 20 costs 342, a booking page 360.
 */
export const COST_MAX = 5_000;

const limit = (otherwise: number) =>
  z.coerce.number('must be a whole number').int('must be a whole number').min(1).default(otherwise);

/**
 * The limits of docs/operations.md, "Limits". An ordinary app stays at least five times below each of them, an office
 * behind one address too; they stop scripts, not people.
 */
export const limitSettings = {
  KEPT_LIMIT_COST: limit(COST_MAX),
  // 100 a second from one address: an office of 200 people who all work at once.
  KEPT_LIMIT_ADDRESS_REQUESTS_PER_MINUTE: limit(6_000),
  // Milliseconds spent on reading and checking what takes longer than one: new documents, large requests, and nonsense. A new
  // version of an app with a hundred operations needs about 200 once, for everybody.
  KEPT_LIMIT_ADDRESS_READING_MS_PER_MINUTE: limit(600),
  // Signing in takes two or three, refreshing one every five minutes: an office of 200, with room for its Monday morning.
  KEPT_LIMIT_ADDRESS_AUTHENTICATIONS_PER_MINUTE: limit(180),
  // Ten a second by one person. An app that polls every five seconds and is clicked through all day needs about one.
  KEPT_LIMIT_CALLER_REQUESTS_PER_MINUTE: limit(600),
  // Twelve of the dearest operations there can be, or 150 full calendar pages.
  KEPT_LIMIT_CALLER_COST_PER_MINUTE: limit(60_000),
  // Nobody has signed in, so a whole office or mobile network is one caller: 240 booking pages of five requests.
  KEPT_LIMIT_ANONYMOUS_REQUESTS_PER_MINUTE: limit(1_200),
  KEPT_LIMIT_ANONYMOUS_COST_PER_MINUTE: limit(120_000),
  // 80 calendar pages a second, all day long: a fifth of what one gateway process serves.
  KEPT_LIMIT_ORGANIZATION_COST_PER_MINUTE: limit(2_000_000),
  // What a process works on at the same time; more would only wait, and everybody with it.
  KEPT_LIMIT_OPERATIONS_IN_FLIGHT: limit(512),
  // Of these, what costs identity an argon2 each: as much as waits there, and half of it from one network.
  KEPT_LIMIT_PASSWORDS_IN_FLIGHT: limit(64),
  // Who waits for one of them, ten seconds at most, and half of them from one network: some fifteen seconds' work of two cores.
  KEPT_LIMIT_PASSWORDS_WAITING: limit(512),
  // From here on the process is behind with everything; nobody who has not signed in is taken on.
  KEPT_LIMIT_EVENT_LOOP_DELAY_MS: limit(250),
} as const;

const shape = z.object(limitSettings);
export type LimitSettings = z.infer<typeof shape>;

/** Every limit at its default; tests change what they are about. */
export const limitsWith = (changed: Partial<LimitSettings> = {}): LimitSettings => ({
  ...shape.parse({}),
  ...changed,
});
