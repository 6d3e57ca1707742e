import type { AssessmentReason } from '../schema-types.ts';
import { banksApart } from './banking-country.ts';
import type { AssessmentOutcome, BroughtBy, CountedBy, Rules } from './rules.ts';

/** What is known at the moment of an attempt; counts are of what came before it. */
export interface Signals {
  /** Attempts not known to have gone well; null where there is nothing to count by. */
  failures: Readonly<Record<CountedBy, number>>;
  /** Cards that were brought, gone well or not. */
  cardsBrought: Readonly<Record<BroughtBy, number>>;
  tinyBefore: number;
  /** Null: a card is brought, nothing is paid. */
  amountMinor: bigint | null;
  organization: { attempts: number; failed: number };
  /** Clients that have this card, this one included. */
  clientsOfCard: number;
  issuerCountry: string | null;
  callerCountry: string | null;
  phoneCountry: string | null;
  hasDisposableAddress: boolean;
  isNewDevice: boolean;
  hasPaidBefore: boolean;
  riskLevel: 'LOW' | 'MEDIUM' | 'HIGH';
}

export interface Judgement {
  outcome: AssessmentOutcome;
  /** Every rule that had something to say, in the order of the rules. */
  reasons: AssessmentReason[];
  ruleVersion: number;
}

const SEVERITY: readonly AssessmentOutcome[] = ['ALLOW', 'REQUIRE_SCA', 'REVIEW', 'BLOCK'];
type Finding = readonly [reason: AssessmentReason, outcome: AssessmentOutcome | undefined];
type Rungs = readonly { from: number; outcome: AssessmentOutcome }[];

const highest = (rungs: Rungs, count: number) => rungs.findLast(({ from }) => count >= from)?.outcome;

/** Applies the rules, as a pure function: the worst finding decides, and all are named. */
export function judge(rules: Rules, signals: Signals): Judgement {
  const found = [...countedFindings(rules, signals), ...otherFindings(rules, signals)].filter(
    (finding): finding is readonly [AssessmentReason, AssessmentOutcome] => finding[1] !== undefined,
  );
  const worst = Math.max(0, ...found.map(([, outcome]) => SEVERITY.indexOf(outcome)));
  return {
    outcome: SEVERITY[worst] ?? 'BLOCK',
    reasons: found.map(([reason]) => reason),
    ruleVersion: rules.version,
  };
}

function countedFindings(rules: Rules, signals: Signals): Finding[] {
  const { cardsBrought, tinyAmounts, declineRate, clientsOfCard } = rules;
  const { attempts, failed } = signals.organization;
  const isBringing = signals.amountMinor === null;
  const isTiny = signals.amountMinor !== null && signals.amountMinor <= tinyAmounts.upToMinor;
  const manyDeclined = attempts >= declineRate.atLeast && failed * 100 >= attempts * declineRate.percent;
  return [
    ...rules.velocity.map(({ reason, by, rungs }) => [reason, highest(rungs, signals.failures[by])] as const),
    ...cardsBrought.map(
      ({ reason, by, rungs }) =>
        [reason, isBringing ? highest(rungs, signals.cardsBrought[by]) : undefined] as const,
    ),
    [tinyAmounts.reason, isTiny ? highest(tinyAmounts.rungs, signals.tinyBefore) : undefined],
    [declineRate.reason, manyDeclined ? declineRate.outcome : undefined],
    [clientsOfCard.reason, highest(clientsOfCard.rungs, signals.clientsOfCard)],
  ];
}

function otherFindings(rules: Rules, signals: Signals): Finding[] {
  const { issuerAbroad, phoneAbroad, disposableAddress, firstAndHigh, riskySession } = rules;
  const { issuerCountry, callerCountry, phoneCountry, amountMinor } = signals;
  const isHigh = amountMinor !== null && amountMinor >= firstAndHigh.fromMinor;
  const isFirst = signals.isNewDevice && !signals.hasPaidBefore;
  return [
    [issuerAbroad.reason, banksApart(issuerCountry, callerCountry) ? issuerAbroad.outcome : undefined],
    [phoneAbroad.reason, banksApart(issuerCountry, phoneCountry) ? phoneAbroad.outcome : undefined],
    [disposableAddress.reason, signals.hasDisposableAddress ? disposableAddress.outcome : undefined],
    [firstAndHigh.reason, isHigh && isFirst ? firstAndHigh.outcome : undefined],
    [riskySession.reason, signals.riskLevel === 'HIGH' ? riskySession.outcome : undefined],
  ];
}
