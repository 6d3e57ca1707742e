import { onceByKey } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import { callOff } from '../bookings/call-off.ts';
import { findBooking } from '../bookings/find-booking.ts';
import { moveBooking } from '../bookings/move-booking.ts';
import { judgeCancellation } from '../bookings/refund.ts';
import { offerToMove, refusalOfMove } from '../bookings/reschedule-booking.ts';
import {
  versionConflict,
  violationOf,
  type PolicyViolation,
  type VersionConflict,
} from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readStart } from '../input.ts';
import { readFreeText } from '../intake/mask-notes.ts';
import type { CapacityRefusal } from '../offers/claim-capacity.ts';
import type {
  CancelByLinkInput,
  ConfirmAttendanceByLinkInput,
  LinkAction,
  RescheduleByLinkInput,
} from '../schema-types.ts';
import { settle, type NotDone } from '../settle.ts';
import { recordChange } from '../audit/record-change.ts';
import { confirmAttendance } from './attendance.ts';
import { showLinkedBooking, type ShownBooking } from './show-linked-booking.ts';
import { noteRefusedUse, useLink, type OpenedLink } from './use-link.ts';

interface ByLink {
  readonly token: string;
  readonly expectedVersion: number;
  readonly idempotencyKey: string;
}

/** The frame of every change by a link: the link opened, once per key, the version the one that was read, each use written down. */
async function changeByLink<Result, Expected extends { __typename: string }>(
  context: SchedulingContext,
  asked: { action: LinkAction; operation: string; input: ByLink; more?: Record<string, unknown> },
  work: (
    opened: OpenedLink,
    notDone: (outcome: Expected) => NotDone<Expected | VersionConflict>,
  ) => Promise<Result>,
) {
  const { action, operation, input, more } = asked;
  const { token, expectedVersion, idempotencyKey: key } = input;
  let used: OpenedLink | undefined;
  const outcome = await settle<
    { __typename: undefined; result: Result; booking: ShownBooking },
    Expected | VersionConflict
  >((notDone) =>
    useLink(context, { token, action }, async (opened) => {
      used = opened;
      const { tx, link, booking, now } = opened;
      // The token itself is no part of what is remembered; the link's id stands for it.
      const request = { bookingId: booking.id, expectedVersion, ...more };
      const result = await onceByKey(tx, { actor: link.id, operation, key, request }, async () => {
        if (booking.version !== expectedVersion) throw notDone(versionConflict(booking.version));
        return work(opened, notDone);
      });
      const after = await findBooking(tx, booking.id);
      invariant(after, 'a changed booking is there');
      const { actions } = link;
      const shown = await showLinkedBooking(tx, { booking: after, actions, now });
      return { __typename: undefined, result, booking: shown };
    }),
  );
  if (outcome.__typename !== undefined && used !== undefined)
    await noteRefusedUse(context, { ...used, operation });
  return outcome;
}

/** The booking of a link. */
export function bookingByLink(context: SchedulingContext, token: string): Promise<ShownBooking> {
  return useLink(context, { token, action: 'VIEW' }, ({ tx, link, booking, now }) =>
    showLinkedBooking(tx, { booking, actions: link.actions, now }),
  );
}

/** Calls the booking of a link off, under the rules that a signed-in client has. */
export async function cancelByLink(context: SchedulingContext, input: CancelByLinkInput) {
  const reason = readFreeText(input.reason, { field: 'reason', lengthMax: 500 });
  const outcome = await changeByLink<{ refundPercent: number }, PolicyViolation>(
    context,
    { action: 'CANCEL', operation: 'cancelByLink', input, more: { reason } },
    async ({ tx, booking, actor, now }, notDone) => {
      const { code, refundPercent } = judgeCancellation(booking, now);
      if (code !== null) throw notDone(violationOf(code));
      await callOff(tx, context.scheduling, { booking, by: 'CLIENT', actor, reason, refundPercent, now });
      return { refundPercent };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  const { booking, result } = outcome;
  return { __typename: 'CancelledByLink' as const, booking, ...result };
}

/** Moves the booking of a link, under the rules that a signed-in client has. */
export async function rescheduleByLink(context: SchedulingContext, input: RescheduleByLinkInput) {
  const startsAt = readStart(input.startsAt, 'startsAt');
  const outcome = await changeByLink<{ id: string }, CapacityRefusal>(
    context,
    { action: 'RESCHEDULE', operation: 'rescheduleByLink', input, more: { startsAt } },
    async ({ tx, booking, actor, now }, notDone) => {
      const code = refusalOfMove(booking, now);
      if (code !== null) throw notDone(violationOf(code));
      const offer = offerToMove(booking, { startsAt, now });
      const moved = await moveBooking(tx, context.scheduling, { booking, offer, actor, now, reason: null });
      if ('__typename' in moved) throw notDone(moved);
      return { id: moved.id };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  return { __typename: 'RescheduledByLink' as const, booking: outcome.booking };
}

/** Says that the client will come. The provider sees it; nothing else follows from it. */
export async function confirmAttendanceByLink(
  context: SchedulingContext,
  input: ConfirmAttendanceByLinkInput,
) {
  const outcome = await changeByLink<{ id: string }, PolicyViolation>(
    context,
    { action: 'CONFIRM_ATTENDANCE', operation: 'confirmAttendanceByLink', input },
    async ({ tx, booking, link, actor, now }, notDone) => {
      if (booking.status !== 'CONFIRMED') throw notDone(violationOf('NOT_ACTIVE'));
      if (now >= booking.startsAt) throw notDone(violationOf('ALREADY_STARTED'));
      await confirmAttendance(tx, booking, now);
      await recordChange(tx, {
        actor,
        action: 'attendance_confirmed',
        subject: { type: 'Booking', id: booking.id },
        dataSubjectId: booking.clientId,
        at: now,
        details: { linkId: link.id, channel: 'LINK', startsAt: booking.startsAt.toISOString() },
      });
      return { id: booking.id };
    },
  );
  if (outcome.__typename !== undefined) return outcome;
  return { __typename: 'AttendanceConfirmed' as const, booking: outcome.booking };
}
