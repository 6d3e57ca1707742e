/**
 * Kinds of data under keys of their own: whoever breaks one layer has not opened the others.
 * Contact: name, e-mail, phone. Sensitive: notes, health. Credential: TOTP secrets. Payment reference: provider tokens.
 */
export const FIELD_CLASSES = ['contact', 'sensitive', 'credential', 'payment_reference'] as const;

export type FieldClass = (typeof FIELD_CLASSES)[number];

/** Where a sealed value lives. All of it is bound into the ciphertext: moved anywhere else, it no longer opens. */
export interface FieldPlace {
  /** The data subject whose key seals the value: a client's or staff member's account id. */
  subjectId: string;
  fieldClass: FieldClass;
  table: string;
  column: string;
  rowId: string;
}
