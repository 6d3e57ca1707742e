import { createHash, randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { byItself, recordChange } from '../audit/record-change.ts';
import type { Payments } from '../context.ts';
import type { IncidentKind } from './classify.ts';
import { tellOfIncident } from './tell-of-incident.ts';

export interface IncidentNews {
  kind: IncidentKind;
  /** By which the same trouble is found again: a payment's or an operation's id, or `subjectOf` a reference. */
  subjectId: string;
  paymentId: string | null;
  ours: string;
  theirs: string;
  /** Which job found it; reconciliation when left out. */
  foundBy?: string;
}

/** An id for what has none of ours: always the same for the same words, and nothing can be read from it. */
export function subjectOf(...words: string[]): string {
  const hex = createHash('sha256').update(words.join('|')).digest('hex');
  // The marks of version 8 and of the variant (RFC 9562 §5.8): an id that was made of something.
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join('-');
}

/** Opens an incident, once for each trouble as long as it is open. True: it is new, and was said loudly. */
export async function openIncident(
  payments: Payments,
  tx: Transaction,
  { kind, subjectId, paymentId, ours, theirs, foundBy = 'reconcile-payments' }: IncidentNews,
): Promise<boolean> {
  const now = payments.clock();
  const id = randomUUID();
  const [row] = await tx.query<{ id: string }>(
    `INSERT INTO payment_incident (id, organization_id, kind, subject_id, payment_id, ours, theirs, opened_at, last_seen_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
     ON CONFLICT (organization_id, kind, subject_id) WHERE resolved_at IS NULL
       DO UPDATE SET last_seen_at = excluded.last_seen_at, ours = excluded.ours, theirs = excluded.theirs
     RETURNING id`,
    [id, tx.organizationId, kind, subjectId, paymentId, ours, theirs, now],
  );
  if (row?.id !== id) return false;
  await recordChange(tx, {
    actor: byItself(foundBy),
    action: 'payment_incident_opened',
    subject: { type: 'payment_incident', id },
    at: now,
    outcome: 'FAILURE',
    details: { kind, ...(paymentId !== null && { paymentId }), ours, theirs },
  });
  await tellOfIncident(tx, { id, kind, theirs, at: now });
  tx.afterCommit(() => {
    payments.bookAlarms.noteIncident();
    payments.log.error({ incidentId: id, kind, paymentId }, 'a payment incident was opened');
  });
  return true;
}

/** What the lists of the processor and the books themselves show to be right again. */
const SEEN_TO_FIT: readonly IncidentKind[] = [
  'MISSING_LOCAL',
  'MISSING_PROCESSOR',
  'STATE',
  'AMOUNT',
  'CURRENCY',
  'INVARIANT',
];

/** What was found to be right again, ends by itself: books that fit need nobody to say so. */
export async function closeOutdated(
  tx: Transaction,
  {
    subjectIds,
    kinds = SEEN_TO_FIT,
    now,
  }: { subjectIds: readonly string[]; kinds?: readonly IncidentKind[]; now: Date },
): Promise<void> {
  await tx.query(
    `UPDATE payment_incident SET resolved_at = $2, resolution = 'NO_LONGER_SO'
     WHERE organization_id = $3 AND subject_id = ANY($1::uuid[]) AND resolved_at IS NULL AND kind = ANY($4::text[])`,
    [subjectIds, now, tx.organizationId, kinds],
  );
}
