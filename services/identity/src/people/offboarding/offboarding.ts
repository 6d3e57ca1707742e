import { createHash } from 'node:crypto';
import type { Transaction } from '@kept/database';
import type { FieldPlace } from '@kept/field-encryption';
import { refused } from '@kept/subgraph-kit';
import type { Identity } from '../../identity.ts';

/** Who must have answered before it is complete. */
export const OFFBOARDING_SERVICES = ['identity', 'scheduling', 'payments', 'compliance'] as const;
export type OffboardingService = (typeof OFFBOARDING_SERVICES)[number];
export type OffboardingState = 'SCHEDULED' | 'ENDING' | 'COMPLETE' | 'CANCELLED';

export interface OffboardingAnswer {
  readonly service: OffboardingService;
  readonly counts: Readonly<Record<string, number>>;
  readonly answeredAt: Date;
}

export interface Offboarding {
  readonly id: string;
  readonly organizationId: string;
  readonly staffMemberId: string;
  readonly reason: string | null;
  readonly state: OffboardingState;
  readonly askedBy: string;
  readonly askedAt: Date;
  readonly dueAt: Date;
  readonly beganAt: Date | null;
  readonly completedAt: Date | null;
  readonly answers: readonly OffboardingAnswer[];
}

/** Where the reason is sealed: under the key of whom it is about. */
export const reasonPlace = ({ id, staffMemberId }: { id: string; staffMemberId: string }): FieldPlace => ({
  subjectId: staffMemberId,
  fieldClass: 'sensitive',
  table: 'offboarding',
  column: 'reason',
  rowId: id,
});

const READ = `SELECT o.id, o.organization_id AS "organizationId", o.staff_member_id AS "staffMemberId", o.reason, o.state,
    o.asked_by AS "askedBy", o.asked_at AS "askedAt", o.due_at AS "dueAt", o.began_at AS "beganAt",
    o.completed_at AS "completedAt" FROM offboarding o WHERE o.organization_id = $1`;

/** Offboardings of the organization, newest first; with ids only those. */
export async function readOffboardings(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  { id, first = 1 }: { id?: string; first?: number },
): Promise<Offboarding[]> {
  const rows = await tx.query<Omit<Offboarding, 'reason' | 'answers'> & { reason: Buffer | null }>(
    `${READ} AND ($2::uuid IS NULL OR o.id = $2) ORDER BY o.asked_at DESC, o.id LIMIT $3`,
    [tx.organizationId, id ?? null, first],
  );
  const reasons = await keyring.openMany(
    tx,
    rows.map((row) => ({ place: reasonPlace(row), envelope: row.reason })),
  );
  const answers = await tx.query<OffboardingAnswer & { offboarding_id: string }>(
    `SELECT offboarding_id, service, counts, answered_at AS "answeredAt" FROM offboarding_answer
     WHERE offboarding_id = ANY ($1::uuid[]) ORDER BY service`,
    [rows.map((row) => row.id)],
  );
  return rows.map((row, at) => ({
    ...row,
    reason: reasons[at] ?? null,
    answers: answers.filter(({ offboarding_id: of }) => of === row.id),
  }));
}

/** One offboarding, or not-found. */
export async function requireOffboarding(
  identity: Pick<Identity, 'keyring'>,
  tx: Transaction,
  id: string,
): Promise<Offboarding> {
  const [offboarding] = await readOffboardings(identity, tx, { id });
  if (!offboarding) throw refused.notFound('offboarding');
  return offboarding;
}

/**
 * What stands in the certificate: ids, counts and times, always in the same order and therefore of one hash. No name and no
 * reason: it is shown to auditors, and outlives both.
 */
export function writeCertificate(
  of: Omit<Offboarding, 'reason' | 'state'> & { readonly completedAt: Date },
): { text: string; sha256: Buffer } {
  const text = JSON.stringify({
    certificate: 'kept/offboarding/v1',
    organizationId: of.organizationId,
    offboardingId: of.id,
    staffMemberId: of.staffMemberId,
    askedBy: of.askedBy,
    askedAt: of.askedAt.toISOString(),
    beganAt: of.beganAt?.toISOString() ?? null,
    completedAt: of.completedAt.toISOString(),
    ended: [...of.answers]
      .toSorted((a, b) => OFFBOARDING_SERVICES.indexOf(a.service) - OFFBOARDING_SERVICES.indexOf(b.service))
      .map(({ service, counts, answeredAt }) => ({
        service,
        answeredAt: answeredAt.toISOString(),
        counts: Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      })),
  });
  return { text, sha256: createHash('sha256').update(text).digest() };
}
