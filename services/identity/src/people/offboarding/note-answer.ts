import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';
import { recordAudit } from '../../audit.ts';
import {
  OFFBOARDING_SERVICES,
  writeCertificate,
  type Offboarding,
  type OffboardingAnswer,
  type OffboardingService,
} from './offboarding.ts';

/** Another service has ended what it gave somebody who left. */
export function onOffboardingAnswered(
  tx: Transaction,
  { publisher, payload, receivedAt }: ReceivedEvent<'offboarding.answered'>,
): Promise<void> {
  const service = OFFBOARDING_SERVICES.find((name) => name === publisher);
  if (service === undefined) return Promise.resolve();
  const { offboardingId, counts } = payload;
  return noteAnswer(tx, { offboardingId, service, counts, now: receivedAt });
}

/** Writes down what a service has ended; with the last answer the certificate is complete, and the audit log has its hash. */
export async function noteAnswer(
  tx: Transaction,
  given: {
    offboardingId: string;
    service: OffboardingService;
    counts: Readonly<Record<string, number>>;
    now: Date;
  },
): Promise<void> {
  const { offboardingId, service, counts, now } = given;
  // Two answers at once: the second waits here and sees the first.
  const [offboarding] = await tx.query<Omit<Offboarding, 'reason' | 'answers'>>(
    `SELECT id, organization_id AS "organizationId", staff_member_id AS "staffMemberId", state, asked_by AS "askedBy",
       asked_at AS "askedAt", due_at AS "dueAt", began_at AS "beganAt", completed_at AS "completedAt"
     FROM offboarding WHERE id = $1 AND state = 'ENDING' FOR UPDATE`,
    [offboardingId],
  );
  if (!offboarding) return;
  await tx.query(
    `INSERT INTO offboarding_answer (offboarding_id, organization_id, service, counts, answered_at)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT ON CONSTRAINT one_answer_per_service DO NOTHING`,
    [offboardingId, tx.organizationId, service, JSON.stringify(counts), now],
  );
  const answers = await tx.query<OffboardingAnswer>(
    `SELECT service, counts, answered_at AS "answeredAt" FROM offboarding_answer WHERE offboarding_id = $1`,
    [offboardingId],
  );
  if (!OFFBOARDING_SERVICES.every((name) => answers.some((answer) => answer.service === name))) return;
  const { sha256 } = writeCertificate({ ...offboarding, completedAt: now, answers });
  await tx.query(
    "UPDATE offboarding SET state = 'COMPLETE', completed_at = $2, certificate_hash = $3 WHERE id = $1",
    [offboardingId, now, sha256],
  );
  await recordAudit(
    tx,
    { caller: { kind: 'SERVICE', accountId: null, requestId: 'offboarding.answered' }, now },
    {
      action: 'offboarding_completed',
      outcome: 'success',
      subject: { type: 'Account', id: offboarding.staffMemberId },
      details: { offboarding: offboardingId, sha256: sha256.toString('hex') },
    },
  );
}
