import type { Transaction } from '@kept/database';
import { purposeOf, type Basis } from './purposes.ts';
import { currentMajor } from './read-documents.ts';

/** Why a message may go or not, as a code that stands on the message. */
export type DecisionReason =
  | 'CONTRACT'
  | 'CONSENT_GIVEN'
  | 'CONSENT_NEVER_GIVEN'
  | 'CONSENT_WITHDRAWN'
  | 'CONSENT_OUTDATED'
  | 'NOT_OBJECTED'
  | 'OBJECTED'
  | 'NOT_ANNOUNCED'
  | 'SUBJECT_ERASED'
  | 'PURPOSE_UNKNOWN'
  | 'CHANNEL_UNKNOWN'
  | 'BASIS_MISMATCH'
  | 'NOT_A_CLIENT'
  | 'TOO_LATE';

export interface Question {
  recipient: { kind: 'CLIENT' | 'STAFF'; id: string };
  purpose: string;
  channel: string;
  /** What the sender believes; the registry decides. */
  basis: Basis;
  at: Date;
  notAfter?: Date | null;
}

export interface Decision {
  allowed: boolean;
  reason: DecisionReason;
  /** The consent event that the decision rests on. */
  consentEventId: string | null;
}

/**
 * Decides whether something may be done now for a purpose. Asked at the moment of use, because what was true when a
 * message was queued may have been withdrawn since (1,047 mails went to unsubscribed people elsewhere).
 */
export async function decide(tx: Transaction, question: Question): Promise<Decision> {
  const purpose = purposeOf(question.purpose);
  if (purpose === undefined) return refuse('PURPOSE_UNKNOWN');
  if (!purpose.channels.some((channel) => channel === question.channel)) return refuse('CHANNEL_UNKNOWN');
  if (question.notAfter != null && question.at > question.notAfter) return refuse('TOO_LATE');
  // Calling advertising a contract does not make it one, nor silence a consent.
  if (question.basis !== 'consent' && purpose.basis !== question.basis) return refuse('BASIS_MISMATCH');
  if (question.recipient.kind === 'CLIENT' && (await isErased(tx, question.recipient.id)))
    return refuse('SUBJECT_ERASED');
  if (purpose.basis === 'contract') return { allowed: true, reason: 'CONTRACT', consentEventId: null };
  if (question.recipient.kind !== 'CLIENT') return refuse('NOT_A_CLIENT');
  return purpose.basis === 'opt-out' ? decideByObjection(tx, question) : decideByConsent(tx, question);
}

async function decideByObjection(tx: Transaction, question: Question): Promise<Decision> {
  const last = await lastWord(tx, question);
  if (last !== undefined && last.kind !== 'given' && last.kind !== 'renewed')
    return refuse('OBJECTED', last.id);
  // Nobody can object to what was never said (CCPA 1798.100(a): notice at collection).
  if ((await currentMajor(tx, question.purpose)) === 0) return refuse('NOT_ANNOUNCED');
  return { allowed: true, reason: 'NOT_OBJECTED', consentEventId: last?.id ?? null };
}

async function decideByConsent(tx: Transaction, question: Question): Promise<Decision> {
  const last = await lastWord(tx, question);
  if (last === undefined) return refuse('CONSENT_NEVER_GIVEN');
  if (last.kind !== 'given' && last.kind !== 'renewed') return refuse('CONSENT_WITHDRAWN', last.id);
  // A major version asks again; a corrected spelling does not.
  if ((await currentMajor(tx, question.purpose)) > (last.document_major ?? 0))
    return refuse('CONSENT_OUTDATED', last.id);
  return { allowed: true, reason: 'CONSENT_GIVEN', consentEventId: last.id };
}

async function lastWord(tx: Transaction, question: Question) {
  // The last word counts, by the order in which words were written, never by their times: two within one millisecond must
  // not be swapped, and a withdrawal holds also when the clock was set back after it.
  const [last] = await tx.query<{ id: string; kind: string; document_major: number | null }>(
    `SELECT id, kind, document_major FROM consent_event
     WHERE organization_id = $1 AND client_id = $2 AND purpose = $3 AND channel = $4
     ORDER BY position DESC LIMIT 1`,
    [tx.organizationId, question.recipient.id, question.purpose, question.channel],
  );
  return last;
}

async function isErased(tx: Transaction, clientId: string): Promise<boolean> {
  const rows = await tx.query(
    'SELECT 1 FROM known_client WHERE organization_id = $1 AND id = $2 AND erased_at IS NOT NULL',
    [tx.organizationId, clientId],
  );
  return rows.length > 0;
}

function refuse(reason: DecisionReason, consentEventId: string | null = null): Decision {
  return { allowed: false, reason, consentEventId };
}
