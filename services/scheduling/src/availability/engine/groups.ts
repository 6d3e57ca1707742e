import { subtractSpans, widenBusy, type Spans } from './intervals.ts';
import { requestOf, type OfferQuestion, type OfferTerms } from './offer.ts';
import { freeSpans, type SlotRequest } from './slots.ts';
import { startsOfAll } from './together.ts';
import type { WorkingTime } from './working-time.ts';

/** A room or a device, which is free whenever nothing takes it, or a colleague with hours of their own. */
export interface GroupMember {
  readonly id: string;
  /** Flat pairs of epoch minutes. They may overlap. */
  readonly busy: Spans;
  readonly hours?: WorkingTime;
}

/** Things or people of which some are needed at once: any two of five rooms, all three of a team. */
export interface Group {
  readonly members: readonly GroupMember[];
  readonly required: number;
}

/**
 * The starts at which enough members of every group are free, each for the whole slot; null when nothing is needed.
 * The same for every provider, so that it is counted once however many there are.
 */
export function startsOfGroups(
  groups: readonly Group[],
  terms: OfferTerms,
  question: OfferQuestion,
): Spans | null {
  if (groups.length === 0) return null;
  const request = requestOf(terms, question);
  if (request === null) return [];
  const demands = groups.map(({ members, required }) => ({
    required,
    members: members.map((member) => ({ id: member.id, free: freeOf(member, request) })),
  }));
  return startsOfAll(demands, terms.durationMinutes);
}

function freeOf({ busy, hours }: GroupMember, request: SlotRequest): Spans {
  if (hours !== undefined) return freeSpans({ ...hours, busy }, request);
  return subtractSpans([request.range.start, request.range.end], widenBusy(busy, request.buffer));
}
