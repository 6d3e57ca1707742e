import { randomUUID } from 'node:crypto';
import { onceByKey, type Transaction } from '@kept/database';
import { invariant, refused } from '@kept/subgraph-kit';
import { actorOf } from '../audit/actor.ts';
import { recordChange } from '../audit/record-change.ts';
import { versionConflict, type VersionConflict } from '../bookings/violations.ts';
import type { SchedulingContext } from '../context.ts';
import { readId, readText } from '../input.ts';
import type { DefineIntakeFormInput, IntakeFieldInput, RetireIntakeFormInput } from '../schema-types.ts';
import { inOrganization } from '../scheduling.ts';
import { settle } from '../settle.ts';
import { problemsOfFields } from './check-fields.ts';
import { readAllowed } from './exceptions.ts';
import { lastVersion, readFormsInUse, type IntakeField, type IntakeForm } from './intake-form.ts';
import { intakeRefused, type IntakeRefused } from './intake-problem.ts';

const FIELDS_MAX = 30;

interface Defined {
  __typename: 'IntakeFormDefined';
  form: IntakeForm;
}

/** Sets what a service asks, as its next version. Nobody is asked for what the business may not collect. */
export function defineIntakeForm(context: SchedulingContext, input: DefineIntakeFormInput) {
  const serviceId = readId(input.serviceId, 'serviceId');
  if (input.fields.length < 1 || input.fields.length > FIELDS_MAX)
    throw refused.badInput(`Please define 1 to ${FIELDS_MAX} questions.`, { field: 'fields' });
  const fields = input.fields.map(fieldOf);
  const { requiredBeforeConfirmation, expectedVersion } = input;
  const { caller } = context;
  return settle<Defined, IntakeRefused | VersionConflict>((notDone) =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'defineIntakeForm',
        key: input.idempotencyKey,
        request: { serviceId, fields, requiredBeforeConfirmation, expectedVersion },
      };
      await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const inUse = await lockForm(tx, serviceId);
        if ((inUse?.version ?? 0) !== expectedVersion) throw notDone(versionConflict(inUse?.version ?? 0));
        const problems = problemsOfFields(fields, await readAllowed(tx, serviceId, now));
        if (problems.length > 0)
          throw notDone(intakeRefused('The form was not changed. Please look at each question.', problems));
        await retire(tx, serviceId, now);
        const form = { id: randomUUID(), serviceId, version: (await lastVersion(tx, serviceId)) + 1, fields };
        await tx.query(
          `INSERT INTO intake_form (id, organization_id, service_id, version, required_before_confirmation, fields, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)`,
          [
            form.id,
            tx.organizationId,
            serviceId,
            form.version,
            requiredBeforeConfirmation,
            JSON.stringify(fields),
            now,
          ],
        );
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'intake_form_defined',
          subject: { type: 'IntakeForm', id: form.id },
          at: now,
          details: { serviceId, version: String(form.version) },
        });
        return { id: form.id };
      });
      const form = (await readFormsInUse(tx, [serviceId])).get(serviceId);
      invariant(form, 'a form that was set is in use');
      return { __typename: 'IntakeFormDefined', form };
    }),
  );
}

/** Stops asking. */
export function retireIntakeForm(context: SchedulingContext, input: RetireIntakeFormInput) {
  const serviceId = readId(input.serviceId, 'serviceId');
  const { expectedVersion } = input;
  const { caller } = context;
  return settle<{ __typename: 'IntakeFormRetired'; serviceId: string }, VersionConflict>((notDone) =>
    inOrganization(context, async (tx) => {
      const asked = {
        actor: caller.accountId ?? '',
        operation: 'retireIntakeForm',
        key: input.idempotencyKey,
        request: { serviceId, expectedVersion },
      };
      await onceByKey(tx, asked, async () => {
        const now = context.clock();
        const inUse = await lockForm(tx, serviceId);
        if (inUse?.version !== expectedVersion) throw notDone(versionConflict(inUse?.version ?? 0));
        await retire(tx, serviceId, now);
        await recordChange(tx, {
          actor: actorOf(caller),
          action: 'intake_form_retired',
          subject: { type: 'IntakeForm', id: inUse.id },
          at: now,
          details: { serviceId },
        });
        return null;
      });
      return { __typename: 'IntakeFormRetired', serviceId };
    }),
  );
}

/** One change of a service's form at a time: the service's row is the lock, since there may be no form yet. */
async function lockForm(tx: Transaction, serviceId: string): Promise<IntakeForm | undefined> {
  const [service] = await tx.query('SELECT id FROM service WHERE id = $1 FOR UPDATE', [serviceId]);
  if (service === undefined) throw refused.notFound('service');
  return (await readFormsInUse(tx, [serviceId])).get(serviceId);
}

const retire = (tx: Transaction, serviceId: string, now: Date) =>
  tx.query('UPDATE intake_form SET retired_at = $2 WHERE service_id = $1 AND retired_at IS NULL', [
    serviceId,
    now,
  ]);

function fieldOf(input: IntakeFieldInput): IntakeField {
  return {
    key: input.key,
    label: readText(input.label, { field: 'label', lengthMax: 400 }) ?? '',
    help: readText(input.help, { field: 'help', lengthMax: 1000 }),
    kind: input.kind,
    required: input.required === true,
    lengthMax: input.lengthMax ?? null,
    min: input.min ?? null,
    max: input.max ?? null,
    picture: readText(input.picture, { field: 'picture', lengthMax: 100 }),
    choices: (input.choices ?? []).map(
      (choice) => readText(choice, { field: 'choices', lengthMax: 200 }) ?? '',
    ),
    exceptionId: input.exceptionId == null ? null : readId(input.exceptionId, 'exceptionId'),
  };
}
