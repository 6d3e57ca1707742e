import type { IntakeFieldKind } from '../schema-types.ts';
import { forbiddenIn } from './forbidden-words.ts';
import type { IntakeField } from './intake-form.ts';
import type { IntakeProblem } from './intake-problem.ts';
import { identifiersOfPicture } from './pictures.ts';

/** What an exception allows, as long as it lasts. */
export interface AllowedIdentifier {
  readonly id: string;
  readonly identifier: string;
}

const KEY = /^[a-z][A-Za-z0-9]{0,39}$/;
const LENGTH_MAX: Partial<Record<IntakeFieldKind, number>> = { TEXT: 500, LONG_TEXT: 4000 };
const takesChoices = (kind: IntakeFieldKind): boolean => kind === 'CHOICE' || kind === 'MULTI_CHOICE';

/** Everything that stands against a form's questions, all at once. `allowed` are the exceptions in force for this service. */
export function problemsOfFields(
  fields: readonly IntakeField[],
  allowed: readonly AllowedIdentifier[],
): IntakeProblem[] {
  const seen = new Set<string>();
  return fields.flatMap((field) => {
    const problems = [...problemsOfForm(field), ...problemsOfMatter(field, allowed)];
    if (!KEY.test(field.key) || seen.has(field.key))
      problems.unshift({
        key: field.key.slice(0, 40),
        code: 'KEY',
        message: 'Each question needs a key of its own: a small letter, then letters and digits.',
      });
    seen.add(field.key);
    return problems;
  });
}

function problemsOfForm(field: IntakeField): IntakeProblem[] {
  const problems: IntakeProblem[] = [];
  const refuse = (code: IntakeProblem['code'], message: string): void =>
    void problems.push({ key: field.key.slice(0, 40), code, message });
  if (field.label.length < 1 || field.label.length > 200 || (field.help ?? '').length > 500)
    refuse('LABEL', 'A question has 1 to 200 characters, and its help at most 500.');
  const lengthMax = LENGTH_MAX[field.kind] ?? 0;
  if (field.lengthMax !== null && (field.lengthMax < 1 || field.lengthMax > lengthMax))
    refuse('LIMITS', 'Only texts have a length: a line up to 500 characters, a long text up to 4000.');
  const { min, max } = field;
  const hasRange = min !== null || max !== null;
  if (hasRange && (field.kind !== 'NUMBER' || (min ?? -Infinity) > (max ?? Infinity)))
    refuse(
      'LIMITS',
      'Only numbers have a smallest and a largest value, and the smallest is not above the largest.',
    );
  if (
    field.picture !== null &&
    (field.kind !== 'TEXT' || [...field.picture].length > 40 || field.picture === '')
  )
    refuse('LIMITS', 'Only a line of text has a picture, of 1 to 40 signs.');
  const { choices } = field;
  const areChoices =
    choices.length >= 2 &&
    choices.length <= 50 &&
    new Set(choices).size === choices.length &&
    choices.every((choice) => choice.length >= 1 && choice.length <= 100);
  if (takesChoices(field.kind) ? !areChoices : choices.length > 0)
    refuse(
      'CHOICES',
      'A choice needs 2 to 50 different answers of at most 100 characters; other kinds have none.',
    );
  return problems;
}

/** What a question asks for: national identifiers with an exception alone, card data never (DAT-02). */
function problemsOfMatter(field: IntakeField, allowed: readonly AllowedIdentifier[]): IntakeProblem[] {
  const texts = [field.key, field.label, field.help ?? '', ...field.choices];
  const asked = new Set([
    ...texts.flatMap(forbiddenIn),
    ...(field.picture === null ? [] : identifiersOfPicture(field.picture)),
  ]);
  const { key } = field;
  if (asked.has('CARD_DATA')) {
    const message =
      'This asks for card data, which is never collected here. Payments take cards on their own pages.';
    return [{ key, code: 'CARD_DATA', message }];
  }
  const exception = allowed.find(({ id }) => id === field.exceptionId);
  if (field.exceptionId !== null && (!exception || !asked.has(exception.identifier))) {
    const message = 'The exception does not exist, has ended, or is for another service or identifier.';
    return [{ key, code: 'EXCEPTION', message }];
  }
  // A picture fits several identifiers at once: an exception for one of them is one for the picture.
  const byWords = new Set(texts.flatMap(forbiddenIn));
  const open = [...asked].filter((identifier) =>
    exception === undefined ? true : byWords.has(identifier) && !covers(exception.identifier, identifier),
  );
  if (open.length === 0) return [];
  const message = `This asks for a national identifier (${open.join(', ')}). Ask for something else, or let whoever is responsible for data protection approve an exception.`;
  return [{ key, code: 'NATIONAL_ID', message }];
}

// "Passport or ID card number": the general word stands beside the particular one.
const covers = (exception: string, identifier: string): boolean =>
  exception === identifier || identifier === 'NATIONAL_ID' || identifier === 'TAX_ID';
