import { onceByKey, type Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { Booking } from '../bookings/booking.ts';
import { demandVerb, findBooking, lockBooking } from '../bookings/find-booking.ts';
import { showSlotHold } from '../bookings/show-slot-hold.ts';
import { versionConflict, violationOf } from '../bookings/violations.ts';
import type { PolicyViolation, VersionConflict } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId } from '../input.ts';
import type { IntakeAnswerInput, SubmitIntakeInput } from '../schema-types.ts';
import { inOrganization, type Scheduling } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { checkAnswers } from './check-answers.ts';
import { readAllowed } from './exceptions.ts';
import { keepAnswers, readAnswers } from './intake-answers.ts';
import { findForm, type IntakeForm } from './intake-form.ts';
import { intakeRefused, type IntakeRefused } from './intake-problem.ts';

interface Submitted {
  __typename: 'IntakeSubmitted';
  booking: Booking | null;
  version: number;
  notices: string[];
  quote: string | null;
}
const ANSWERS_MAX = 30;

/** Keeps the answers of a booking, encrypted under the client's key, in place of those before. */
export function submitIntake(context: SchedulingContext, input: SubmitIntakeInput) {
  const bookingId = readId(input.bookingId, 'bookingId');
  if (input.answers.length > ANSWERS_MAX)
    throw refused.badInput(`Please send at most ${ANSWERS_MAX} answers.`, { field: 'answers' });
  const { caller, scheduling } = context;
  const { answers: given, formVersion, expectedVersion } = input;
  return settle<Submitted, IntakeRefused | PolicyViolation | VersionConflict>((notDone) =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'submitIntake',
        key: input.idempotencyKey,
        request: { bookingId, formVersion, expectedVersion, given },
      };
      const { version, notices } = await onceByKey(tx, request, async () => {
        const now = context.clock();
        const booking = await lockBooking(tx, bookingId);
        demandVerb(context.ability, 'confirm', booking);
        if (!mayAnswer(booking, now)) throw notDone(violationOf('NOT_ACTIVE'));
        const before = (await readAnswers(tx, [bookingId])).get(bookingId)?.version ?? 0;
        if (before !== expectedVersion) throw notDone(versionConflict(before));
        const { serviceId, createdAt } = booking;
        const form = await findForm(tx, { serviceId, version: formVersion, bookedAt: createdAt });
        if (form === undefined) throw refused.notFound('form of this service');
        const checked = await check(tx, form, { given, now });
        if (checked.problems.length > 0)
          throw notDone(
            intakeRefused('Nothing was saved. Please look at the answers that are marked.', checked.problems),
          );
        const kept = { booking, formId: form.id, version: before + 1, answers: checked.answers, now };
        await keepAnswers(tx, scheduling.keyring, kept);
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'intake_answered',
          subject: { type: 'Booking', id: bookingId },
          dataSubjectId: booking.clientId,
          at: now,
          details: { formVersion: String(form.version), version: String(before + 1) },
        });
        return { version: before + 1, notices: checked.notices };
      });
      const booking = await findBooking(tx, bookingId);
      const quote = booking && (await quoteOf(tx, scheduling, booking));
      return { __typename: 'IntakeSubmitted', booking, version, notices, quote };
    }),
  );
}

/** Until the appointment begins, while it may still take place. */
function mayAnswer(booking: Booking, now: Date): boolean {
  const status = booking.statusAt(now);
  const stands = status.startsWith('PENDING_') || status === 'CONFIRMED';
  return stands && now < booking.startsAt;
}

async function check(
  tx: Transaction,
  form: IntakeForm,
  { given, now }: { given: readonly IntakeAnswerInput[]; now: Date },
) {
  const allowed = await readAllowed(tx, form.serviceId, now);
  const excepted = new Map(
    form.fields.flatMap(({ key, exceptionId }) => {
      const exception = allowed.find(({ id }) => id === exceptionId);
      return exception ? [[key, exception.identifier] as const] : [];
    }),
  );
  const checked = checkAnswers(form.fields, { given, excepted });
  // An exception that has ended: the question still stands in the form, and is no longer ours to ask.
  const ended = form.fields.filter(({ key, exceptionId }) => exceptionId !== null && !excepted.has(key));
  for (const { key } of ended)
    if (given.some((answer) => answer.key === key))
      checked.problems.push({
        key,
        code: 'EXCEPTION',
        message: 'We may no longer ask this. Please leave it empty.',
      });
  return checked;
}

/** What payments needs, once the questions are answered: nobody is asked to pay for what could not be confirmed. */
async function quoteOf(tx: Transaction, scheduling: Scheduling, booking: Booking): Promise<string | null> {
  if (booking.status !== 'PENDING_PAYMENT') return null;
  const [hold] = await tx.query<{ id: string }>(
    `SELECT id FROM slot_hold WHERE booking_id = $1 AND status = 'LIVE'`,
    [booking.id],
  );
  return hold === undefined ? null : ((await showSlotHold(tx, hold.id, scheduling.signingKey)).quote ?? null);
}
