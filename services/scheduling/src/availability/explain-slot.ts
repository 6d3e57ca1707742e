import { audiencesOf } from '@kept/access-policy';
import type { SchedulingContext } from '../context.ts';
import { readFairOrder, type FairPlace } from '../offers/fair-order.ts';
import type { ProviderInZone } from '../providers/read-providers.ts';
import { inOrganization } from '../scheduling.ts';
import { readStart } from '../input.ts';
import type { ExplainSlotInput } from '../schema-types.ts';
import { explainStart, type Reason, type ReasonCode } from './engine/explain.ts';
import { offeredSlots } from './engine/offer.ts';
import { gridOf, raiseToGrid } from './engine/slots.ts';
import { knownClient, readWanted, readZone } from './find-availability.ts';
import { openOffers, type OpenOffers } from './open-offers.ts';
import { readTaken } from './read-taken.ts';

/** Why a time is offered or not, by one provider. */
export interface ProviderExplanation {
  readonly provider: ProviderInZone;
  readonly offered: boolean;
  readonly reasons: readonly Reason[];
  /** Where they stand in the fair order of all who offer the service, and why. */
  readonly place: FairPlace | null;
  /** In which turn somebody who does not mind with whom would be given this provider; null when not offered. */
  readonly turn: number | null;
}

/** What anybody may know: the rules of the service, and nothing of what others do. */
export type PublicReason = 'NOTICE' | 'ADVANCE' | 'GRID' | 'NOT_AVAILABLE';

export interface SlotExplanation {
  readonly offered: boolean;
  readonly reasons: readonly PublicReason[];
  /** Null for whoever may not know. */
  readonly providers: readonly ProviderExplanation[] | null;
}

const BUFFER_REACH = 480 + 1440;

/** Why a start is offered or not. Staff see what stands in the way; everybody else only what the service's rules say. */
export async function explainSlot(
  context: SchedulingContext,
  input: ExplainSlotInput,
): Promise<SlotExplanation> {
  const startMinute = readStart(input.startsAt, 'startsAt').getTime() / 60_000;
  const now = context.clock();
  const asked = {
    ...readWanted(input),
    range: { start: startMinute, end: startMinute + 1 },
    booker: readZone(input.timeZone),
    clientId: knownClient(context),
    now,
  };
  const sees = whomTheySee(context);
  return inOrganization(context, async (tx) => {
    const offers = await openOffers(tx, asked);
    const ids = offers.offerings.map(({ providerId }) => providerId);
    const near = { start: startMinute - BUFFER_REACH, end: startMinute + 2 * BUFFER_REACH };
    const taken = await readTaken(tx, ids, { range: near, now });
    const { fairnessWindowDays: windowDays } = offers.service;
    const order = await readFairOrder(tx, { providerIds: ids, windowDays, now });
    const explained = explainAll(offers, { startMinute, taken, order });
    return {
      offered: explained.some(({ offered }) => offered),
      reasons: publicReasons(explained, isOnGrid(offers, startMinute)),
      providers: sees === null ? null : explained.filter(({ provider }) => sees(provider.id)),
    };
  });
}

/** Front desk and managers see everybody, providers themselves, others nobody. */
function whomTheySee({ caller }: SchedulingContext): ((providerId: string) => boolean) | null {
  const audiences = audiencesOf(caller);
  if (audiences.includes('FRONT_DESK') || audiences.includes('MANAGER')) return () => true;
  return audiences.includes('PROVIDER') ? (providerId) => providerId === caller.accountId : null;
}

function explainAll(
  { service, question, offerings, things, team }: OpenOffers,
  known: {
    startMinute: number;
    taken: Awaited<ReturnType<typeof readTaken>>;
    order: readonly FairPlace[];
  },
): ProviderExplanation[] {
  const { startMinute, order } = known;
  const { nowMinute, booker, seats = 1 } = question;
  const explained = offerings.map((offering) => {
    const taken = known.taken.get(offering.providerId) ?? [];
    const why = { startMinute, nowMinute, booker, seats, taken, things, team };
    return {
      provider: offering.provider,
      offered: offeredSlots(offering, service.terms, question).length > 0,
      reasons: explainStart(offering, service.terms, why),
      place: order.find(({ providerId }) => providerId === offering.providerId) ?? null,
    };
  });
  const offered = new Set(explained.filter((one) => one.offered).map(({ provider }) => provider.id));
  // The order in which a hold tries those who are free.
  const inTurn = order.map(({ providerId }) => providerId).filter((id) => offered.has(id));
  return explained.map((one) => ({ ...one, turn: one.offered ? inTurn.indexOf(one.provider.id) + 1 : null }));
}

/**
 * Notice, advance and grid are rules that anybody can read. Everything else is one word: whether somebody is booked, away
 * or off duty is nobody's business, and steps that follow a booking would tell of it.
 */
function publicReasons(explained: readonly ProviderExplanation[], onGrid: boolean): PublicReason[] {
  if (explained.some(({ offered }) => offered)) return [];
  const codes = new Set<ReasonCode>(explained.flatMap(({ reasons }) => reasons.map(({ code }) => code)));
  const rules: PublicReason[] = (['NOTICE', 'ADVANCE'] as const).filter((code) => codes.has(code));
  if (!onGrid) rules.push('GRID');
  return rules.length > 0 ? rules : ['NOT_AVAILABLE'];
}

/** The grid of the booker's clock, which follows from the service alone. */
function isOnGrid({ service, question }: OpenOffers, startMinute: number): boolean {
  const grid = gridOf(service.terms.slotIntervalMinutes);
  return raiseToGrid(startMinute, { grid, booker: question.booker }) === startMinute;
}
