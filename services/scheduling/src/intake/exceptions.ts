import { randomUUID } from 'node:crypto';
import { constraintOf, onceByKey, type Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import { recordChange } from '../audit/record-change.ts';
import type { SchedulingContext } from '../context.ts';
import { readId, readInstant, readText } from '../input.ts';
import type {
  ApproveIntakeExceptionInput,
  IntakeException as IntakeExceptionView,
  RevokeIntakeExceptionInput,
} from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { actorOf } from '../audit/actor.ts';
import type { AllowedIdentifier } from './check-fields.ts';
import { knownIdentifiers } from './forbidden-words.ts';

const DAYS_MAX = 730;
const EXCEPTIONS_MAX = 200;

interface Row {
  id: string;
  service_id: string;
  identifier: string;
  reason: string;
  approved_by: string;
  approved_at: Date;
  valid_until: Date;
  revoked_at: Date | null;
}
const COLUMNS = 'id, service_id, identifier, reason, approved_by, approved_at, valid_until, revoked_at';

const viewOf = (row: Row): IntakeExceptionView => ({
  id: row.id,
  serviceId: row.service_id,
  identifier: row.identifier,
  reason: row.reason,
  approvedBy: { __typename: 'StaffMember', id: row.approved_by },
  approvedAt: row.approved_at,
  validUntil: row.valid_until,
  revokedAt: row.revoked_at,
});

/** The exceptions in force for a service at this moment. */
export async function readAllowed(
  tx: Transaction,
  serviceId: string,
  now: Date,
): Promise<AllowedIdentifier[]> {
  return tx.query<AllowedIdentifier>(
    `SELECT id, identifier FROM intake_exception WHERE service_id = $1 AND valid_until > $2 AND revoked_at IS NULL`,
    [serviceId, now],
  );
}

/** Every exception there is, the newest first. */
export function listExceptions(context: SchedulingContext): Promise<IntakeExceptionView[]> {
  return inOrganization(context, async (tx) => {
    const rows = await tx.query<Row>(
      `SELECT ${COLUMNS} FROM intake_exception ORDER BY approved_at DESC, id LIMIT ${EXCEPTIONS_MAX}`,
    );
    return rows.map(viewOf);
  });
}

/** Allows one service to ask for one kind of national identifier. */
export function approveException(context: SchedulingContext, input: ApproveIntakeExceptionInput) {
  const asked = {
    serviceId: readId(input.serviceId, 'serviceId'),
    identifier: input.identifier,
    reason: readText(input.reason, { field: 'reason', lengthMax: 1000 }) ?? '',
    validUntil: readInstant(input.validUntil, 'validUntil'),
  };
  if (asked.reason.length < 10)
    throw refused.badInput('Please give a reason of at least 10 characters.', { field: 'reason' });
  if (!knownIdentifiers().includes(asked.identifier) || asked.identifier === 'CARD_DATA') {
    const known = knownIdentifiers().filter((name) => name !== 'CARD_DATA');
    throw refused.badInput(`"identifier" must be one of ${known.join(', ')}.`, { field: 'identifier' });
  }
  const { caller } = context;
  const approvedBy = caller.accountId;
  invariant(approvedBy !== null, 'only staff reach this');
  return settle<{ __typename: 'IntakeExceptionApproved'; exception: IntakeExceptionView }, never>(() =>
    inOrganization(context, async (tx) => {
      const request = { actor: approvedBy, operation: 'approveIntakeException', key: input.idempotencyKey };
      const { id } = await onceByKey(tx, { ...request, request: asked }, async () => {
        const now = context.clock();
        const until = asked.validUntil.getTime();
        if (until <= now.getTime() || until > now.getTime() + DAYS_MAX * 86_400_000)
          throw refused.badInput('"validUntil" must lie within the next two years.', { field: 'validUntil' });
        const exception = { id: randomUUID(), ...asked };
        await insertException(tx, { ...exception, approvedBy, now });
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'intake_exception_approved',
          subject: { type: 'IntakeException', id: exception.id },
          at: now,
          details: { identifier: asked.identifier, validUntil: asked.validUntil.toISOString() },
        });
        return { id: exception.id };
      });
      return { __typename: 'IntakeExceptionApproved', exception: await readException(tx, id) };
    }),
  );
}

async function insertException(
  tx: Transaction,
  row: {
    id: string;
    serviceId: string;
    identifier: string;
    reason: string;
    approvedBy: string;
    now: Date;
    validUntil: Date;
  },
): Promise<void> {
  try {
    await tx.query(
      `INSERT INTO intake_exception (id, organization_id, service_id, identifier, reason, approved_by, approved_at, valid_until)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        row.id,
        tx.organizationId,
        row.serviceId,
        row.identifier,
        row.reason,
        row.approvedBy,
        row.now,
        row.validUntil,
      ],
    );
  } catch (error) {
    if (constraintOf(error) === 'exception_is_for_our_service') throw refused.notFound('service');
    throw error;
  }
}

/** Takes an exception back; taking it back twice is the same as once. */
export function revokeException(context: SchedulingContext, input: RevokeIntakeExceptionInput) {
  const exceptionId = readId(input.exceptionId, 'exceptionId');
  const { caller } = context;
  return settle<{ __typename: 'IntakeExceptionRevoked'; exception: IntakeExceptionView }, never>(() =>
    inOrganization(context, async (tx) => {
      const request = {
        actor: caller.accountId ?? '',
        operation: 'revokeIntakeException',
        key: input.idempotencyKey,
        request: { exceptionId },
      };
      await onceByKey(tx, request, async () => {
        const now = context.clock();
        const revoked = await tx.query(
          'UPDATE intake_exception SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id',
          [exceptionId, now],
        );
        if (revoked.length === 0) return null;
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'intake_exception_revoked',
          subject: { type: 'IntakeException', id: exceptionId },
          at: now,
        });
        return null;
      });
      return { __typename: 'IntakeExceptionRevoked', exception: await readException(tx, exceptionId) };
    }),
  );
}

async function readException(tx: Transaction, id: string): Promise<IntakeExceptionView> {
  const [row] = await tx.query<Row>(`SELECT ${COLUMNS} FROM intake_exception WHERE id = $1`, [id]);
  if (row === undefined) throw refused.notFound('exception');
  return viewOf(row);
}
