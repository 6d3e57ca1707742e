import { onceByKey, type Transaction } from '@kept/database';
import { noticeRefusals } from '../audit/notice-refusals.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import { inOrganization } from '../scheduling.ts';
import { settle, type ConflictOutcome, type NotDone } from '../settle.ts';
import type { Booking } from './booking.ts';
import { demandVerb, findBooking, lockBooking } from './find-booking.ts';
import { versionConflict, type VersionConflict } from './violations.ts';

interface ChangeAsked {
  /** What the caller must be allowed to do with this booking. */
  readonly verb: string;
  readonly operation: string;
  readonly input: {
    readonly bookingId: string;
    readonly expectedVersion?: number;
    readonly idempotencyKey: string;
  };
  /** Everything else that was asked, so that a key repeated with other contents is noticed. */
  readonly more?: Record<string, unknown>;
}

interface ChangeAt<Expected extends { __typename: string }> {
  readonly tx: Transaction;
  /** Locked, of the version the caller has read. */
  readonly booking: Booking;
  readonly now: Date;
  readonly notDone: (outcome: Expected) => NotDone<Expected | VersionConflict>;
}

interface Changed<Result> {
  readonly __typename: undefined;
  readonly result: Result;
  readonly booking: Booking | null;
}

/**
 * The frame of every change of a booking by somebody who asks: once per key, the booking locked, the caller allowed, the
 * version the one they read; a refusal leaves a line in the audit trail and nothing else.
 */
export function changeBooking<Result, Expected extends { __typename: string }>(
  context: SchedulingContext,
  { verb, operation, input, more = {} }: ChangeAsked,
  work: (at: ChangeAt<Expected>) => Promise<Result>,
): Promise<Changed<Result> | Expected | VersionConflict | ConflictOutcome> {
  const id = readId(input.bookingId, 'bookingId');
  const { caller } = context;
  const attempt = { operation, subject: { type: 'Booking', id } } as const;
  return noticeRefusals<Changed<Result> | Expected | VersionConflict | ConflictOutcome>(
    context,
    attempt,
    () =>
      settle<Changed<Result>, Expected | VersionConflict>((notDone) =>
        inOrganization(context, async (tx) => {
          const { expectedVersion, idempotencyKey: key } = input;
          const request = { id, expectedVersion, ...more };
          const asked = { actor: caller.accountId ?? '', operation, key, request };
          const result = await onceByKey(tx, asked, async () => {
            const now = context.clock();
            const booking = await lockBooking(tx, id);
            demandVerb(context.ability, verb, booking);
            if (expectedVersion !== undefined && booking.version !== expectedVersion)
              throw notDone(versionConflict(booking.version));
            return work({ tx, booking, now, notDone });
          });
          return { __typename: undefined, result, booking: await findBooking(tx, id) };
        }),
      ),
  );
}
