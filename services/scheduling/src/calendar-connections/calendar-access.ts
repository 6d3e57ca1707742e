import type { Transaction } from '@kept/database';
import type { FieldPlace, Keyring } from '@kept/field-encryption';
import { z } from 'zod';

const access = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ICS'), url: z.string() }),
  z.strictObject({
    kind: z.literal('CALDAV'),
    serverUrl: z.string(),
    user: z.string().nullable(),
    /** Of the user; or the token that stands in for both. */
    secret: z.string(),
  }),
]);

/** Where a calendar is, and with what it is opened. An iCalendar address is a secret itself. */
export type CalendarAccess = z.infer<typeof access>;

// Under the staff member's own key, in a class of its own: what opens their notes does not open this.
const placeOf = (connection: { id: string; providerId: string }): FieldPlace => ({
  subjectId: connection.providerId,
  fieldClass: 'credential',
  table: 'calendar_connection',
  column: 'access',
  rowId: connection.id,
});

/** Seals it for its row. */
export function sealAccess(
  tx: Transaction,
  keyring: Keyring,
  connection: { id: string; providerId: string; access: CalendarAccess },
): Promise<Buffer> {
  return keyring.seal(tx, placeOf(connection), JSON.stringify(connection.access));
}

/** Opens it; null when its owner's keys were destroyed. */
export async function openAccess(
  tx: Transaction,
  keyring: Keyring,
  connection: { id: string; providerId: string; access: Buffer },
): Promise<CalendarAccess | null> {
  const text = await keyring.open(tx, placeOf(connection), connection.access);
  return text === null ? null : access.parse(JSON.parse(text));
}
