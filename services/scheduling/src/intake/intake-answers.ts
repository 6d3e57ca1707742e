import type { Transaction } from '@kept/database';
import type { FieldPlace, Keyring } from '@kept/field-encryption';
import { refused } from '@kept/subgraph-kit';
import type { IntakeAnswer } from './check-answers.ts';

/** The answers of one booking as they are stored. */
export interface StoredAnswers {
  readonly bookingId: string;
  readonly clientId: string;
  readonly formId: string;
  readonly version: number;
  readonly answers: Buffer | null;
  readonly answeredAt: Date;
}

interface Row {
  booking_id: string;
  client_id: string;
  form_id: string;
  version: number;
  answers: Buffer | null;
  answered_at: Date;
}

/** Where answers stand: under the client's key, bound to the booking, so that moved to another row they do not open. */
const placeOf = ({ bookingId, clientId }: { bookingId: string; clientId: string }): FieldPlace => ({
  subjectId: clientId,
  fieldClass: 'sensitive',
  table: 'intake_answer',
  column: 'answers',
  rowId: bookingId,
});

/** Answers of many bookings, by booking. */
export async function readAnswers(
  tx: Transaction,
  bookingIds: readonly string[],
): Promise<Map<string, StoredAnswers>> {
  const rows = await tx.query<Row>(
    `SELECT booking_id, client_id, form_id, version, answers, answered_at FROM intake_answer WHERE booking_id = ANY ($1)`,
    [bookingIds],
  );
  const stored = rows.map((row) => ({
    bookingId: row.booking_id,
    clientId: row.client_id,
    formId: row.form_id,
    version: row.version,
    answers: row.answers,
    answeredAt: row.answered_at,
  }));
  return new Map(stored.map((row) => [row.bookingId, row]));
}

/** Opens answers; null when the client's keys are gone. */
export async function openAnswers(
  tx: Transaction,
  keyring: Keyring,
  stored: StoredAnswers,
): Promise<IntakeAnswer[] | null> {
  const text = await keyring.open(tx, placeOf(stored), stored.answers);
  // Sealed by this service alone, so it is what `keepAnswers` wrote.
  return text === null ? null : (JSON.parse(text) as IntakeAnswer[]);
}

/** Seals and writes answers; the version that is written is one more than the one that was read. */
export async function keepAnswers(
  tx: Transaction,
  keyring: Keyring,
  kept: {
    booking: { id: string; clientId: string };
    formId: string;
    version: number;
    answers: readonly IntakeAnswer[];
    now: Date;
  },
): Promise<void> {
  const { booking, now } = kept;
  const place = placeOf({ bookingId: booking.id, clientId: booking.clientId });
  const sealed = await keyring.seal(tx, place, JSON.stringify(kept.answers));
  await tx.query(
    `INSERT INTO intake_answer (booking_id, organization_id, client_id, form_id, version, answers, answered_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (booking_id) DO UPDATE SET form_id = $4, version = $5, answers = $6, answered_at = $7`,
    [booking.id, tx.organizationId, booking.clientId, kept.formId, kept.version, sealed, now],
  );
}

/** Which of these bookings must have the questions of their day answered before they can be confirmed, and have not. */
export async function needIntake(tx: Transaction, bookingIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `SELECT b.id FROM booking b JOIN intake_form f ON f.service_id = b.service_id
     WHERE b.id = ANY ($1) AND f.required_before_confirmation
       AND f.created_at <= b.created_at AND (f.retired_at IS NULL OR f.retired_at > b.created_at)
       AND b.status IN ('UNVERIFIED', 'PENDING_PAYMENT', 'PENDING_CONFIRMATION', 'EXPIRED')
       AND NOT EXISTS (SELECT FROM intake_answer a WHERE a.booking_id = b.id)`,
    [bookingIds],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Refuses to go on with a booking whose questions are not answered; those who can say so more kindly look before. */
export async function demandIntake(tx: Transaction, bookingId: string): Promise<void> {
  if ((await needIntake(tx, [bookingId])).size === 0) return;
  throw refused.badInput('Please answer the questions of this service first (submitIntake).', {
    field: 'intake',
  });
}
