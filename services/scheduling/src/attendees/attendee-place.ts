import type { FieldPlace } from '@kept/field-encryption';

/** Where what an attendee is called stands: sealed under the key of the client who named them. */
export const attendeePlace = (
  booking: { id: string; clientId: string },
  position: number,
  column: 'name' | 'phone',
): FieldPlace => ({
  subjectId: booking.clientId,
  fieldClass: 'contact',
  table: 'attendee',
  column,
  rowId: `${booking.id}/${position}`,
});
