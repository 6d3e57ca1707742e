// The rules by which attempts to pay are judged, as data. A change is a new edition: what was judged names its own.

import type { AssessmentReason } from '../schema-types.ts';

export type AssessmentOutcome = 'ALLOW' | 'REQUIRE_SCA' | 'REVIEW' | 'BLOCK';

/** Whose attempts are counted together. */
export type CountedBy = 'card and network' | 'card' | 'client' | 'network' | 'device';

/** By whom cards are brought: which ones they are is not known before. */
export type BroughtBy = Extract<CountedBy, 'client' | 'network' | 'device'>;

/** Attempts that are not known to have gone well, within the window; from so many before this one on. */
interface Rung {
  from: number;
  outcome: AssessmentOutcome;
}

export interface Rules {
  version: number;
  velocity: readonly {
    reason: AssessmentReason;
    by: CountedBy;
    windowMinutes: number;
    rungs: readonly Rung[];
  }[];
  /** Cards that are brought, whatever comes of it, counted when another one is: a stolen card is tried out by keeping it. */
  cardsBrought: readonly {
    reason: AssessmentReason;
    by: BroughtBy;
    windowMinutes: number;
    rungs: readonly Rung[];
  }[];
  /** Attempts of next to nothing, gone well or not: how a stolen card is tried out. */
  tinyAmounts: { reason: AssessmentReason; upToMinor: bigint; windowMinutes: number; rungs: readonly Rung[] };
  /** How many of the organization's payments fail, once there are enough to tell. */
  declineRate: {
    reason: AssessmentReason;
    windowMinutes: number;
    atLeast: number;
    percent: number;
    outcome: AssessmentOutcome;
  };
  /** How many clients of the organization have this card. */
  clientsOfCard: { reason: AssessmentReason; rungs: readonly Rung[] };
  issuerAbroad: { reason: AssessmentReason; outcome: AssessmentOutcome };
  /** The card is from another country than the client's telephone. */
  phoneAbroad: { reason: AssessmentReason; outcome: AssessmentOutcome };
  /** The client's mail address is of a sort that is handed out for minutes. */
  disposableAddress: { reason: AssessmentReason; outcome: AssessmentOutcome };
  /** A device that this client never paid with, nothing paid before, and a price of so much. */
  firstAndHigh: { reason: AssessmentReason; fromMinor: bigint; outcome: AssessmentOutcome };
  /** What identity made of the session. */
  riskySession: { reason: AssessmentReason; outcome: AssessmentOutcome };
}

const HOUR = 60;

/** The limits are Hyperswitch's (card and address 3, card of guests 10, client 5 failures an hour), where they are off unless set. */
export const RULES: Rules = {
  version: 2,
  velocity: [
    {
      reason: 'CARD_FROM_NETWORK_FAILS',
      by: 'card and network',
      windowMinutes: HOUR,
      rungs: [
        { from: 2, outcome: 'REQUIRE_SCA' },
        { from: 3, outcome: 'BLOCK' },
      ],
    },
    {
      reason: 'CARD_FAILS',
      by: 'card',
      windowMinutes: HOUR,
      rungs: [
        { from: 5, outcome: 'REQUIRE_SCA' },
        { from: 10, outcome: 'BLOCK' },
      ],
    },
    {
      reason: 'CLIENT_FAILS',
      by: 'client',
      windowMinutes: HOUR,
      rungs: [
        { from: 3, outcome: 'REQUIRE_SCA' },
        { from: 5, outcome: 'BLOCK' },
      ],
    },
    {
      // Many clients may share an address: a waiting room, a telephone company.
      reason: 'NETWORK_FAILS',
      by: 'network',
      windowMinutes: HOUR,
      rungs: [
        { from: 10, outcome: 'REQUIRE_SCA' },
        { from: 25, outcome: 'BLOCK' },
      ],
    },
    {
      // One device may stand at the front desk for all who come.
      reason: 'DEVICE_FAILS',
      by: 'device',
      windowMinutes: HOUR,
      rungs: [
        { from: 5, outcome: 'REQUIRE_SCA' },
        { from: 10, outcome: 'BLOCK' },
      ],
    },
  ],
  // Somebody with many cards brings them once; a household at one device has as many as its people.
  cardsBrought: [
    {
      reason: 'CLIENT_BRINGS_MANY_CARDS',
      by: 'client',
      windowMinutes: HOUR,
      rungs: [
        { from: 5, outcome: 'REQUIRE_SCA' },
        { from: 10, outcome: 'BLOCK' },
      ],
    },
    {
      reason: 'DEVICE_BRINGS_MANY_CARDS',
      by: 'device',
      windowMinutes: HOUR,
      rungs: [
        { from: 8, outcome: 'REQUIRE_SCA' },
        { from: 15, outcome: 'BLOCK' },
      ],
    },
    {
      reason: 'NETWORK_BRINGS_MANY_CARDS',
      by: 'network',
      windowMinutes: HOUR,
      rungs: [
        { from: 20, outcome: 'REQUIRE_SCA' },
        { from: 50, outcome: 'BLOCK' },
      ],
    },
  ],
  tinyAmounts: {
    reason: 'TINY_AMOUNTS',
    upToMinor: 200n,
    windowMinutes: HOUR,
    rungs: [
      { from: 3, outcome: 'REQUIRE_SCA' },
      { from: 6, outcome: 'BLOCK' },
    ],
  },
  declineRate: {
    reason: 'MANY_DECLINES',
    windowMinutes: HOUR,
    atLeast: 20,
    percent: 50,
    outcome: 'REQUIRE_SCA',
  },
  clientsOfCard: {
    reason: 'CARD_OF_MANY_CLIENTS',
    // A family has two or three.
    rungs: [
      { from: 4, outcome: 'REVIEW' },
      { from: 10, outcome: 'BLOCK' },
    ],
  },
  issuerAbroad: { reason: 'ISSUER_ABROAD', outcome: 'REQUIRE_SCA' },
  phoneAbroad: { reason: 'PHONE_ABROAD', outcome: 'REQUIRE_SCA' },
  disposableAddress: { reason: 'DISPOSABLE_ADDRESS', outcome: 'REQUIRE_SCA' },
  firstAndHigh: { reason: 'NEW_DEVICE_HIGH_PRICE', fromMinor: 20_000n, outcome: 'REQUIRE_SCA' },
  riskySession: { reason: 'RISKY_SESSION', outcome: 'REVIEW' },
};
