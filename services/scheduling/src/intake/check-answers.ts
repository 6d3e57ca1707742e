import type { IntakeAnswerInput } from '../schema-types.ts';
import { looksLikeCard } from './card-number.ts';
import { findNationalIds, maskNationalIds } from './national-ids.ts';
import type { IntakeField } from './intake-form.ts';
import type { IntakeProblem } from './intake-problem.ts';
import { fitsPicture } from './pictures.ts';

/** An answer as it is kept: one of the ways, the one of the question's kind. */
export type IntakeAnswer = { readonly key: string } & (
  | { readonly text: string }
  | { readonly number: number }
  | { readonly date: string }
  | { readonly yes: boolean }
  | { readonly choices: string[] }
);

/** What comes of looking at answers: what would be kept, what stands against it, what was masked. */
export interface CheckedAnswers {
  readonly answers: IntakeAnswer[];
  readonly problems: IntakeProblem[];
  readonly notices: string[];
}

type Problem = Omit<IntakeProblem, 'key'>;
const problem = (code: Problem['code'], message: string): Problem => ({ code, message });
const isProblem = (value: object): value is Problem => 'code' in value;

export const MASKED_NOTICE =
  'We masked what looks like a national identifier in your text. Nobody needs it here; please do not send it again.';

/** Looks at answers by the questions' kinds, and for what nobody may collect. `excepted` are identifiers with an exception in force. */
export function checkAnswers(
  fields: readonly IntakeField[],
  { given, excepted }: { given: readonly IntakeAnswerInput[]; excepted: ReadonlyMap<string, string> },
): CheckedAnswers {
  const problems: IntakeProblem[] = [];
  const answers: IntakeAnswer[] = [];
  const notices = new Set<string>();
  const known = new Set(fields.map(({ key }) => key));
  given.forEach(({ key }, index) => {
    if (!known.has(key) || given.findIndex((other) => other.key === key) !== index)
      problems.push({
        key: key.slice(0, 40),
        ...problem('UNKNOWN', 'There is no such question, or it is answered twice.'),
      });
  });
  for (const field of fields) {
    const answer = given.find(({ key }) => key === field.key);
    const read = answer && readAnswer(field, answer);
    if (read === undefined) {
      if (field.required)
        problems.push({ key: field.key, ...problem('REQUIRED', 'Please answer this question.') });
      continue;
    }
    const checked = isProblem(read) ? read : (refusalOfMatter(field, read, excepted.get(field.key)) ?? read);
    if (isProblem(checked)) problems.push({ key: field.key, ...checked });
    else answers.push(field.kind === 'LONG_TEXT' ? masked(checked, notices) : checked);
  }
  return { answers, problems, notices: [...notices] };
}

const WRONG_KIND = problem('KIND', 'The answer is of another kind than the question.');

/** The answer of the question's kind; undefined when there is none, a problem when it is of another kind or form. */
function readAnswer(field: IntakeField, answer: IntakeAnswerInput): IntakeAnswer | Problem | undefined {
  const { key } = field;
  const given = (['text', 'number', 'date', 'yes', 'choices'] as const).filter((way) => answer[way] != null);
  const [way] = given;
  if (way === undefined) return undefined;
  if (given.length > 1 || way !== wayOf(field)) return WRONG_KIND;
  switch (way) {
    case 'text':
      return readText(field, answer.text ?? '');
    case 'number':
      return readNumber(field, answer.number ?? 0);
    case 'date':
      return { key, date: answer.date ?? '' };
    case 'yes':
      return { key, yes: answer.yes === true };
    case 'choices':
      return readChoices(field, answer.choices ?? []);
  }
}

function wayOf({ kind }: IntakeField): 'text' | 'number' | 'date' | 'yes' | 'choices' {
  switch (kind) {
    case 'NUMBER':
      return 'number';
    case 'DATE':
      return 'date';
    case 'YES_NO':
      return 'yes';
    case 'CHOICE':
    case 'MULTI_CHOICE':
      return 'choices';
    case 'TEXT':
    case 'LONG_TEXT':
    case 'PHONE':
    case 'EMAIL':
      return 'text';
  }
}

const PHONE = /^\+?[\d\s()./-]{5,30}$/;
const EMAIL = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,190}\.[^\s@<>".]{2,63}$/;
const LENGTH_MAX = { TEXT: 500, LONG_TEXT: 4000, PHONE: 30, EMAIL: 254 } as const;

function readText(field: IntakeField, given: string): IntakeAnswer | Problem | undefined {
  const text = given.trim();
  if (text === '') return undefined;
  if (text.includes('\u0000') || /\p{Surrogate}/u.test(text))
    return problem('FORM', 'The text holds a character that cannot be stored.');
  const { key, kind, picture } = field;
  const lengthMax = field.lengthMax ?? LENGTH_MAX[kind as keyof typeof LENGTH_MAX];
  if ([...text].length > lengthMax) return problem('RANGE', `Please use at most ${lengthMax} characters.`);
  if (picture !== null && !fitsPicture(text, picture))
    return problem('FORM', `Please write it as in ${picture}: 9 is a digit, A a letter, X either.`);
  if (kind === 'PHONE' && !(PHONE.test(text) && (text.match(/\d/g)?.length ?? 0) <= 15))
    return problem('FORM', 'Please enter a telephone number, such as +44 20 7946 0018.');
  if (kind === 'EMAIL' && !EMAIL.test(text)) return problem('FORM', 'Please enter an e-mail address.');
  return { key, text };
}

function readNumber({ key, min, max }: IntakeField, number: number): IntakeAnswer | Problem {
  if (!Number.isFinite(number)) return WRONG_KIND;
  if (number < (min ?? -1e15) || number > (max ?? 1e15))
    return problem(
      'RANGE',
      `Please enter a number${min === null ? '' : ` from ${min}`}${max === null ? '' : ` up to ${max}`}.`,
    );
  return { key, number };
}

function readChoices(
  { key, kind, choices }: IntakeField,
  given: readonly string[],
): IntakeAnswer | Problem | undefined {
  const chosen = [...new Set(given)];
  if (chosen.length === 0) return undefined;
  const fits =
    chosen.every((choice) => choices.includes(choice)) && (kind === 'MULTI_CHOICE' || chosen.length === 1);
  return fits
    ? { key, choices: chosen }
    : problem('FORM', 'Please choose from the answers that are offered.');
}

const CARD = problem(
  'CARD_DATA',
  'This looks like a card number. Please never send one here; deposits are paid on the payment page.',
);
const NATIONAL_ID = problem(
  'NATIONAL_ID',
  'This looks like a national identifier, which we do not collect. Please leave it out.',
);

/** Card numbers nowhere; identifiers in no short answer. In a long text they are masked instead, or a story could not be told. */
function refusalOfMatter(
  field: IntakeField,
  answer: IntakeAnswer,
  excepted: string | undefined,
): Problem | undefined {
  const text = 'text' in answer ? answer.text : 'number' in answer ? String(answer.number) : '';
  if (looksLikeCard(text)) return CARD;
  // A telephone number is digits that somebody asked for; a day and a choice cannot be anything else.
  if (field.kind === 'LONG_TEXT' || field.kind === 'PHONE') return undefined;
  const found = findNationalIds(text, field.label).filter(({ identifier }) => identifier !== excepted);
  return found.length > 0 ? NATIONAL_ID : undefined;
}

function masked(answer: IntakeAnswer, notices: Set<string>): IntakeAnswer {
  if (!('text' in answer)) return answer;
  const { text, identifiers } = maskNationalIds(answer.text);
  if (identifiers.length > 0) notices.add(MASKED_NOTICE);
  return { key: answer.key, text };
}
