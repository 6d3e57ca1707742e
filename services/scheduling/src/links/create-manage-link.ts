import { onceByKey } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { demandVerb, lockBooking } from '../bookings/find-booking.ts';
import { violationOf, type PolicyViolation } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId, readInstant } from '../input.ts';
import type { CreateManageLinkInput, RevokeManageLinksInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { noticeManyLinks } from '../unexpected-changes/notice-unusual-change.ts';
import { endLinks, LINK_ACTIONS, makeLink, readLinks, type StoredLink } from './manage-link.ts';

interface Created {
  __typename: 'ManageLinkCreated';
  link: StoredLink;
  token: string | null;
  url: string | null;
}

/** The address that shows a link's booking. The token stands behind `#`: browsers send that part to no server (RFC 3986 §3.5). */
export const addressOf = (publicUrl: string, token: string): string =>
  `${publicUrl.replace(/\/+$/, '')}/manage#${token}`;

/** Makes a link and ends those before it. The token is answered once: a repeated request gets the link without it. */
export function createManageLink(context: SchedulingContext, input: CreateManageLinkInput) {
  const bookingId = readId(input.bookingId, 'bookingId');
  const actions = [...new Set(input.actions ?? LINK_ACTIONS)].toSorted();
  if (actions.length === 0)
    throw refused.badInput('Please name what the link is good for.', { field: 'actions' });
  const expiresAt = input.expiresAt == null ? null : readInstant(input.expiresAt, 'expiresAt');
  const { caller, scheduling } = context;
  return settle<Created, PolicyViolation>((notDone) =>
    inOrganization(context, async (tx) => {
      let token: string | null = null;
      const request = { bookingId, actions, expiresAt };
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'createManageLink',
        key: input.idempotencyKey,
        request,
      };
      const { id } = await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const booking = await lockBooking(tx, bookingId);
        demandVerb(context.ability, 'cancel', booking);
        if (booking.status !== 'CONFIRMED' || now >= booking.endsAt) throw notDone(violationOf('NOT_ACTIVE'));
        if (expiresAt !== null && expiresAt <= now)
          throw refused.badInput('"expiresAt" must lie in the future.', { field: 'expiresAt' });
        await endLinks(tx, bookingId, { because: 'ROTATED', now });
        const madeBy = caller.accountId;
        const made = await makeLink(tx, { booking, actions, madeFor: 'PERSON', madeBy, expiresAt, now });
        ({ token } = made);
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'manage_link_created',
          subject: { type: 'Booking', id: bookingId },
          dataSubjectId: booking.clientId,
          at: now,
          details: { linkId: made.id, actions: actions.join(' ') },
        });
        await noticeManyLinks(tx, { actor: actorOf(caller), now });
        return { id: made.id };
      });
      const link = (await readLinks(tx, [bookingId])).get(bookingId)?.find((made) => made.id === id);
      invariant(link, 'a link that was made is there as long as its booking');
      const publicUrl = scheduling.manageLinks?.publicUrl;
      const url = token === null || publicUrl === undefined ? null : addressOf(publicUrl, token);
      return { __typename: 'ManageLinkCreated', link, token, url };
    }),
  );
}

/** Ends every link of a booking. */
export function revokeManageLinks(context: SchedulingContext, input: RevokeManageLinksInput) {
  const bookingId = readId(input.bookingId, 'bookingId');
  const { caller } = context;
  return settle<{ __typename: 'ManageLinksRevoked'; count: number }, never>(() =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'revokeManageLinks',
        key: input.idempotencyKey,
        request: { bookingId },
      };
      const { count } = await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const booking = await lockBooking(tx, bookingId);
        demandVerb(context.ability, 'cancel', booking);
        const ended = await endLinks(tx, bookingId, { because: 'BY_PERSON', now });
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'manage_links_revoked',
          subject: { type: 'Booking', id: bookingId },
          dataSubjectId: booking.clientId,
          at: now,
          details: { count: String(ended) },
        });
        return { count: ended };
      });
      return { __typename: 'ManageLinksRevoked', count };
    }),
  );
}
