import { refused } from '@kept/subgraph-kit';
import { readText } from '../input.ts';
import { looksLikeCard } from './card-number.ts';
import { MASKED_NOTICE } from './check-answers.ts';
import { maskNationalIds } from './national-ids.ts';

/**
 * What a person wrote freely, fit to be kept: national identifiers are masked and said so, what could be a card number is refused
 * (DAT-02). Throws BAD_INPUT with the name of the field.
 */
export function maskNotes(notes: string | null, field: string): { notes: string | null; notices: string[] } {
  if (notes === null) return { notes, notices: [] };
  if (looksLikeCard(notes)) {
    throw refused.badInput(
      'This looks like a card number. Please never send one here; leave it out of the text.',
      {
        field,
      },
    );
  }
  const { text, identifiers } = maskNationalIds(notes);
  return { notes: text, notices: identifiers.length > 0 ? [MASKED_NOTICE] : [] };
}

/** A free text of an appointment, as `readText` reads it and fit to be kept: every reason and statement, whoever gives it. */
export const readFreeText = (
  value: string | null | undefined,
  as: { field: string; lengthMax: number },
): string | null => maskNotes(readText(value, as), as.field).notes;
