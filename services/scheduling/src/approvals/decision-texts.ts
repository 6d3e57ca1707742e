import { refused } from '@kept/subgraph-kit';
import { readFreeText } from '../intake/mask-notes.ts';
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

/** Why somebody was declined: whoever says no owes a word, because the person can read it and contest it. */
export function readDecisionReason(value: string): string {
  const reason = readFreeText(value, { field: 'reason', lengthMax: 500 });
  if (reason === null || [...reason].length < 3) {
    throw refused.badInput('Please say why in at least 3 characters: "reason".', { field: 'reason' });
  }
  return reason;
}
