import type { Transaction } from '@kept/database';
import { BookingReference } from '../bookings/booking-reference.ts';
import { amountInWords } from '../notices/notify-client.ts';
import { Mandate } from '../payment-methods/mandate.ts';
import type { Payment } from '../payments/payment.ts';
import type { DisputeEvidence } from '../processor/payment-processor.ts';

export type EvidenceKind =
  | 'CONFIRMED'
  | 'RESCHEDULED'
  | 'CANCELLED'
  | 'CANCELLED_LATE'
  | 'ATTENDED'
  | 'NOT_ATTENDED'
  | 'CONFIRMATION_SENT'
  | 'REMINDER_SENT'
  | 'CHANGE_SENT';

/** What happened around an appointment, as a bank reads it. */
const SENTENCES: Readonly<Record<EvidenceKind, string>> = {
  CONFIRMED: 'The appointment was booked.',
  RESCHEDULED: 'The appointment was moved.',
  CANCELLED: 'The appointment was cancelled.',
  CANCELLED_LATE: 'The appointment was cancelled after the deadline that was agreed.',
  ATTENDED: 'The appointment took place.',
  NOT_ATTENDED: 'The client did not come to the appointment.',
  CONFIRMATION_SENT: 'A confirmation with date and time was sent to the client.',
  REMINDER_SENT: 'A reminder was sent to the client.',
  CHANGE_SENT: 'A message about a change was sent to the client.',
};

export interface EvidenceEntry {
  readonly kind: EvidenceKind;
  readonly happenedAt: Date;
}

/** Writes down that something happened, once however often it is heard of. A booking that is not known here has no dispute. */
export async function noteEvidence(tx: Transaction, bookingId: string, entry: EvidenceEntry): Promise<void> {
  await tx.query(
    `INSERT INTO booking_evidence (booking_id, organization_id, kind, happened_at)
     SELECT booking_id, organization_id, $2, $3 FROM booking_reference WHERE booking_id = $1
     ON CONFLICT ON CONSTRAINT evidence_is_noted_once DO NOTHING`,
    [bookingId, entry.kind, entry.happenedAt],
  );
}

/** What happened around the booking until then, oldest first; at most 200. */
async function readEvidence(
  tx: Transaction,
  { bookingId, until }: { bookingId: string; until: Date },
): Promise<EvidenceEntry[]> {
  return tx.query<EvidenceEntry>(
    `SELECT kind, happened_at AS "happenedAt" FROM booking_evidence
     WHERE booking_id = $1 AND happened_at <= $2 ORDER BY happened_at, kind LIMIT 200`,
    [bookingId, until],
  );
}

/**
 * What the bank is told: that the terms were shown and accepted, what was sent to the client and when, and whether they
 * came. Made of what was known at that instant, so that sending it again is the same request. Never a word about why
 * somebody came, nor a name: the bank knows its customer.
 */
export async function buildEvidence(
  tx: Transaction,
  { payment, until }: { payment: Payment; until: Date },
): Promise<DisputeEvidence> {
  const { bookingId } = payment;
  const entries = bookingId === null ? [] : await readEvidence(tx, { bookingId, until });
  const booking = bookingId === null ? null : await tx.manager.findOneBy(BookingReference, { bookingId });
  const terms = await acceptedTerms(tx, payment, until);
  const late = entries.findLast(({ kind }) => kind === 'CANCELLED_LATE' || kind === 'NOT_ATTENDED');
  return {
    ...(terms !== null && { cancellationPolicyDisclosure: terms }),
    ...(late !== undefined && { cancellationRebuttal: `${sentence(late)} No cancellation came in time.` }),
    ...(entries.length > 0 && { accessActivityLog: entries.map((entry) => sentence(entry)).join('\n') }),
    ...(booking?.startsAt != null && { serviceDate: booking.startsAt.toISOString().slice(0, 10) }),
    text: 'The charge is for an appointment that the client booked. The log lists what was agreed, sent and recorded.',
  };
}

const sentence = ({ kind, happenedAt }: EvidenceEntry): string =>
  `${happenedAt.toISOString()} ${SENTENCES[kind]}`;

async function acceptedTerms(tx: Transaction, payment: Payment, until: Date): Promise<string | null> {
  const { mandateId, clientId, bookingId } = payment;
  const [mandate] = await tx.manager
    .createQueryBuilder(Mandate, 'mandate')
    .where('mandate.client_id = :clientId AND mandate.accepted_at <= :until', { clientId, until })
    .andWhere('(mandate.id = :mandateId OR mandate.booking_id = :bookingId)', { mandateId, bookingId })
    .orderBy('mandate.accepted_at', 'DESC')
    .limit(1)
    .getMany();
  if (mandate === undefined) return null;
  const most = amountInWords(mandate.maxAmountMinor, payment);
  return (
    `Terms ${mandate.textVersion} (SHA-256 ${mandate.textSha256.toString('hex')}) were shown in the language "${mandate.language}" ` +
    `and accepted on ${mandate.acceptedAt.toISOString()}. They allow at most ${most} for not coming or cancelling late.`
  );
}
