import { randomUUID } from 'node:crypto';
import { onceByKey, type Transaction } from '@kept/database';
import type { FieldPlace } from '@kept/field-encryption';
import { refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import type { LimitReached } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readCount, readId } from '../input.ts';
import { inOrganization, type Scheduling } from '../scheduling.ts';
import type { AddDependentInput, Relation, RemoveDependentInput } from '../schema-types.ts';
import { settle } from '../settle.ts';
import { readName } from './person-name.ts';

/** So many people can a client list: a large family. Whoever books for more is a group, and staff book for groups. */
export const DEPENDENTS_MAX = 8;
/** So many may come and go within a year; otherwise a list of eight would be a list of everybody. */
export const DEPENDENTS_A_YEAR = 12;

/** Somebody a client books for, as the client sees them. */
export interface Dependent {
  readonly id: string;
  readonly clientId: string;
  readonly relation: Relation;
  /** Null where the client's keys are gone. */
  readonly name: string | null;
  readonly birthYear: number | null;
  readonly addedAt: Date;
}

interface DependentRow {
  id: string;
  client_id: string;
  relation: Relation;
  name: Buffer;
  birth_year: Buffer | null;
  added_at: Date;
}

const place = (clientId: string, rowId: string, column: 'name' | 'birth_year'): FieldPlace => ({
  subjectId: clientId,
  fieldClass: 'contact',
  table: 'dependent',
  column,
  rowId,
});

/** The people on a client's list, or those of them that are asked for. */
export async function readDependents(
  tx: Transaction,
  { keyring }: Pick<Scheduling, 'keyring'>,
  { clientId, ids }: { clientId: string; ids?: readonly string[] },
): Promise<Dependent[]> {
  const rows = await tx.query<DependentRow>(
    `SELECT id, client_id, relation, name, birth_year, added_at FROM dependent
     WHERE client_id = $1 AND removed_at IS NULL AND ($2::uuid[] IS NULL OR id = ANY ($2::uuid[]))
     ORDER BY added_at, id`,
    [clientId, ids ?? null],
  );
  const texts = await keyring.openMany(
    tx,
    rows.flatMap((row) => [
      { place: place(clientId, row.id, 'name'), envelope: row.name },
      { place: place(clientId, row.id, 'birth_year'), envelope: row.birth_year },
    ]),
  );
  return rows.map((row, index) => ({
    id: row.id,
    clientId: row.client_id,
    relation: row.relation,
    name: texts[index * 2] ?? null,
    birthYear: texts[index * 2 + 1] == null ? null : Number(texts[index * 2 + 1]),
    addedAt: row.added_at,
  }));
}

const reached = (limit: number, message: string): LimitReached => ({
  __typename: 'LimitReached',
  limit,
  message,
});

/** Puts somebody on the client's list. */
export function addDependent(context: SchedulingContext, input: AddDependentInput) {
  const { caller, scheduling } = context;
  const clientId = caller.accountId ?? '';
  const name = readName(input.name, 'name');
  const now = context.clock();
  const birthYear =
    input.birthYear == null
      ? null
      : readCount(input.birthYear, { field: 'birthYear', min: 1900, max: now.getUTCFullYear() });
  const { relation } = input;
  return settle<{ __typename: 'DependentAdded'; dependent: Dependent }, LimitReached>((notDone) =>
    inOrganization(context, async (tx) => {
      const asked = { actor: clientId, operation: 'addDependent', key: input.idempotencyKey };
      const { id } = await onceByKey(tx, { ...asked, request: { name, birthYear, relation } }, async () => {
        // Two requests of one client count one after the other.
        await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `dependents of ${clientId}`,
        ]);
        const [counted] = await tx.query<{ listed: number; year: number }>(
          `SELECT count(*) FILTER (WHERE removed_at IS NULL)::int AS listed,
                  count(*) FILTER (WHERE added_at > $2::timestamptz - interval '365 days')::int AS year
           FROM dependent WHERE client_id = $1`,
          [clientId, now],
        );
        if ((counted?.listed ?? 0) >= DEPENDENTS_MAX)
          throw notDone(
            reached(
              DEPENDENTS_MAX,
              `You can list ${DEPENDENTS_MAX} people. For more, please ask us to book.`,
            ),
          );
        if ((counted?.year ?? 0) >= DEPENDENTS_A_YEAR)
          throw notDone(
            reached(DEPENDENTS_A_YEAR, 'You have changed this list very often. Please ask us to book.'),
          );
        const row = randomUUID();
        const seal = (column: 'name' | 'birth_year', text: string) =>
          scheduling.keyring.seal(tx, place(clientId, row, column), text);
        await tx.query(
          `INSERT INTO dependent (id, organization_id, client_id, relation, name, birth_year, added_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)`,
          [
            row,
            tx.organizationId,
            clientId,
            relation,
            await seal('name', name),
            birthYear === null ? null : await seal('birth_year', String(birthYear)),
            now,
          ],
        );
        await recordDependent(tx, context, { action: 'dependent_added', id: row });
        return { id: row };
      });
      const [dependent] = await readDependents(tx, scheduling, { clientId, ids: [id] });
      if (dependent === undefined) throw refused.notFound('dependent');
      return { __typename: 'DependentAdded', dependent };
    }),
  );
}

/** Takes somebody off the list: the name is gone at once. Whoever is not on it is not on it afterwards either. */
export function removeDependent(context: SchedulingContext, input: RemoveDependentInput) {
  const id = readId(input.dependentId, 'dependentId');
  const clientId = context.caller.accountId ?? '';
  return settle<{ __typename: 'DependentRemoved'; dependentId: string; removed: boolean }, never>(() =>
    inOrganization(context, async (tx) => {
      const asked = { actor: clientId, operation: 'removeDependent', key: input.idempotencyKey };
      const { removed } = await onceByKey(tx, { ...asked, request: { id } }, async () => {
        const rows = await tx.query(
          `UPDATE dependent SET removed_at = $3, name = NULL, birth_year = NULL
           WHERE id = $1 AND client_id = $2 AND removed_at IS NULL RETURNING id`,
          [id, clientId, context.clock()],
        );
        if (rows.length === 1) await recordDependent(tx, context, { action: 'dependent_removed', id });
        return { removed: rows.length === 1 };
      });
      return { __typename: 'DependentRemoved', dependentId: id, removed };
    }),
  );
}

function recordDependent(
  tx: Transaction,
  { caller, clock }: SchedulingContext,
  change: { action: string; id: string },
): Promise<void> {
  return recordChange(tx, {
    actor: actorOf(caller),
    action: change.action,
    subject: { type: 'Dependent', id: change.id },
    ...(caller.accountId !== null && { dataSubjectId: caller.accountId }),
    at: clock(),
  });
}
