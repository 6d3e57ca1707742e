import type { Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import type { Actor } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { Booking } from '../bookings/booking.ts';
import { lockBooking } from '../bookings/find-booking.ts';
import type { SchedulingContext } from '../context.ts';
import type { LinkAction } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { countFailure, countUse, retryAfterSeconds } from './count-attempts.ts';
import { readToken, type LinkToken } from './link-token.ts';
import { findLink, type StoredLink } from './manage-link.ts';

/** What a link has opened: its own booking, locked, and who is at work. */
export interface OpenedLink {
  readonly tx: Transaction;
  readonly link: StoredLink;
  readonly booking: Booking;
  readonly actor: Actor;
  readonly now: Date;
}

/** Ends the transaction of a token that opens nothing. */
class OpensNothing extends Error {}

// One answer for a token that never was, was guessed, has ended, was ended, belongs to another organization, or is good for something
// else: whoever tries learns nothing. AUT-16 wants it to be this code.
const notValid = () =>
  refused.unauthenticated(
    'This link does not work (any more). Please use the one in our newest mail, or sign in.',
  );

/**
 * Opens a link for one action, does the work, and writes the use down, all in one transaction. A refused token is counted in a
 * transaction of its own; a token that works is never refused for what others have tried.
 */
export async function useLink<Result>(
  context: SchedulingContext,
  { token: text, action }: { token: string; action: LinkAction },
  work: (opened: OpenedLink) => Promise<Result>,
): Promise<Result> {
  const token = readToken(text);
  // A token of one organization is worth nothing when another is asked, whoever asks.
  if (token === null || token.organizationId !== context.caller.organizationId) throw notValid();
  const now = context.clock();
  try {
    return await inOrganization(context, async (tx) => {
      const link = await findLink(tx, token, now);
      if (link === null || !link.actions.includes(action)) throw new OpensNothing();
      // The booking before the link, as everywhere; then the link is looked at once more, now that nobody can end it.
      const booking = await lockBooking(tx, link.bookingId);
      invariant(booking, 'a link goes with its booking');
      if ((await findLink(tx, token, now)) === null) throw new OpensNothing();
      if (!(await countUse(tx, link.id, now))) throw refused.rateLimited(retryAfterSeconds(now));
      const actor = actorOfLink(context, link);
      await recordChange(tx, {
        actor,
        action: 'manage_link_used',
        subject: { type: 'Booking', id: booking.id },
        dataSubjectId: booking.clientId,
        at: now,
        details: { linkId: link.id, channel: 'LINK', use: action },
      });
      return work({ tx, link, booking, actor, now });
    });
  } catch (error) {
    if (!(error instanceof OpensNothing)) throw error;
    await refuse(context, token, now);
    throw notValid();
  }
}

/** Whoever has a link is nobody we know, also when they are signed in: what they may do is what the link is good for. */
function actorOfLink({ caller }: SchedulingContext, link: StoredLink): Actor {
  const { requestId } = caller;
  return { kind: 'ANONYMOUS', accountId: null, requestId, channel: 'LINK', linkId: link.id };
}

async function refuse(context: SchedulingContext, token: LinkToken, now: Date): Promise<void> {
  const { tooMany } = await inOrganization(context, async (tx) => {
    const counted = await countFailure(tx, token, now);
    if (counted.crossed)
      await recordChange(tx, {
        actor: { ...context.caller, kind: 'ANONYMOUS', accountId: null },
        action: 'manage_link_guessing',
        subject: { type: 'ManageLink', id: null },
        at: now,
        outcome: 'FAILURE',
      });
    return counted;
  });
  if (tooMany) throw refused.rateLimited(retryAfterSeconds(now));
}

/** What was refused was rolled back with its use: that is counted and written down by itself, and limited like any other. */
export async function noteRefusedUse(
  context: SchedulingContext,
  { link, booking, actor, now, operation }: Omit<OpenedLink, 'tx'> & { operation: string },
): Promise<void> {
  const within = await inOrganization(context, async (tx) => {
    await recordChange(tx, {
      actor,
      action: 'manage_link_used',
      subject: { type: 'Booking', id: booking.id },
      dataSubjectId: booking.clientId,
      at: now,
      outcome: 'FAILURE',
      details: { linkId: link.id, channel: 'LINK', use: operation },
    });
    return countUse(tx, link.id, now);
  });
  if (!within) throw refused.rateLimited(retryAfterSeconds(now));
}
