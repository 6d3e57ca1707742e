import { attempt, type Transaction } from '@kept/database';
import { slotUnavailable, type PolicyViolation } from '../bookings/violations.ts';
import { chooseOffer } from './choose-offer.ts';
import type { CapacityRefusal } from './claim-capacity.ts';
import type { Candidate, ChosenOffer, OfferRequest } from './offer.ts';

/** A candidate that could not be had, and why; its savepoint has undone what was begun. */
export class NotHad extends Error {
  constructor(readonly refusal: CapacityRefusal) {
    super(refusal.__typename);
  }
}

/** Each look that leads to nothing means that somebody else got something; nobody can lose to as many as this. */
const LOOKS_MAX = 100;

/**
 * Gives the first of the candidates that can be had, each tried within a savepoint. When somebody else was quicker, it looks
 * again: "unavailable" is only said when at the moment of looking nothing was free, so n rooms serve n callers who come at
 * once. Whoever cannot be had for another reason (a limit, a pool) is not tried again.
 */
export async function tryCandidates<T>(
  tx: Transaction,
  { request, refusalEndsAll }: { request: OfferRequest; refusalEndsAll: boolean },
  take: (tx: Transaction, chosen: ChosenOffer, candidate: Candidate) => Promise<T>,
): Promise<T | CapacityRefusal> {
  let refusal: CapacityRefusal = slotUnavailable;
  const without = new Set(request.exceptProviderId === undefined ? [] : [request.exceptProviderId]);
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const chosen: ChosenOffer | PolicyViolation = await chooseOffer(tx, request);
    if ('code' in chosen) return chosen;
    const candidate = chosen.candidates.find(({ providerId }) => !without.has(providerId));
    if (candidate === undefined) return refusal;
    try {
      // Where there is nothing else to try, whoever ends the transaction undoes what was begun.
      if (refusalEndsAll && !chosen.hadChoice) return await take(tx, chosen, candidate);
      return await attempt(tx, (inner) => take(inner, chosen, candidate));
    } catch (error) {
      if (!(error instanceof NotHad)) throw error;
      ({ refusal } = error);
    }
    if (!chosen.hadChoice) return refusal;
    if (refusal !== slotUnavailable) without.add(candidate.providerId);
  }
  return refusal;
}
