import type { Transaction } from '@kept/database';
import type { IntakeFieldKind } from '../schema-types.ts';

/** A question of a form, as it is stored. */
export interface IntakeField {
  readonly key: string;
  readonly label: string;
  readonly help: string | null;
  readonly kind: IntakeFieldKind;
  readonly required: boolean;
  readonly lengthMax: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly picture: string | null;
  readonly choices: string[];
  readonly exceptionId: string | null;
}

/** One version of what a service asks. It never changes. */
export interface IntakeForm {
  readonly id: string;
  readonly serviceId: string;
  readonly version: number;
  readonly requiredBeforeConfirmation: boolean;
  readonly fields: IntakeField[];
}

interface Row {
  id: string;
  service_id: string;
  version: number;
  required_before_confirmation: boolean;
  fields: IntakeField[];
}

const COLUMNS = 'id, service_id, version, required_before_confirmation, fields';
const formOf = (row: Row): IntakeForm => ({
  id: row.id,
  serviceId: row.service_id,
  version: row.version,
  requiredBeforeConfirmation: row.required_before_confirmation,
  fields: row.fields,
});

/** The forms in use of these services, by service. */
export async function readFormsInUse(
  tx: Transaction,
  serviceIds: readonly string[],
): Promise<Map<string, IntakeForm>> {
  const rows = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM intake_form WHERE service_id = ANY ($1) AND retired_at IS NULL`,
    [serviceIds],
  );
  return new Map(rows.map((row) => [row.service_id, formOf(row)]));
}

/** A version that a booking may be answered under: the one in use, or the one that was when it was made. */
export async function findForm(
  tx: Transaction,
  { serviceId, version, bookedAt }: { serviceId: string; version: number; bookedAt: Date },
): Promise<IntakeForm | undefined> {
  const [row] = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM intake_form WHERE service_id = $1 AND version = $2
       AND (retired_at IS NULL OR (created_at <= $3 AND retired_at > $3))`,
    [serviceId, version, bookedAt],
  );
  return row && formOf(row);
}

/** Versions by their id, also those that are no longer in use. */
export async function readForms(tx: Transaction, ids: readonly string[]): Promise<Map<string, IntakeForm>> {
  const rows = await tx.query<Row>(`SELECT ${COLUMNS} FROM intake_form WHERE id = ANY ($1)`, [ids]);
  return new Map(rows.map((row) => [row.id, formOf(row)]));
}

/** The latest version number of a service's form, in use or not; 0 when there was none. */
export async function lastVersion(tx: Transaction, serviceId: string): Promise<number> {
  const [row] = await tx.query<{ version: number }>(
    'SELECT coalesce(max(version), 0)::int AS version FROM intake_form WHERE service_id = $1',
    [serviceId],
  );
  return row?.version ?? 0;
}
