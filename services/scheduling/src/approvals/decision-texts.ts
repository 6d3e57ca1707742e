import type { FieldPlace } from '@kept/field-encryption';

/** Where a text of a decision stands: bound into its envelope, so that moved elsewhere it does not open. */
export function decisionPlace(
  decision: { id: string; clientId: string },
  column: 'reason' | 'contest',
): FieldPlace {
  return {
    subjectId: decision.clientId,
    fieldClass: 'sensitive',
    table: 'booking_decision',
    column,
    rowId: decision.id,
  };
}
