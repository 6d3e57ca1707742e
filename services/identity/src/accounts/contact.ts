import type { FieldPlace } from '@kept/field-encryption';

export type ContactColumn = 'display_name' | 'email' | 'phone';

/** Where a person's contact is sealed: under their own key, bound to this very row and column. */
export const contactPlace = (accountId: string, column: ContactColumn): FieldPlace => ({
  subjectId: accountId,
  fieldClass: 'contact',
  table: 'account',
  column,
  rowId: accountId,
});
