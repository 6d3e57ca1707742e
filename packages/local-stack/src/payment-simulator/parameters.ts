import { parse } from 'qs';

import { ApiError, invalidParameter } from './api-error.ts';

/** How one parameter of an operation is read. Stripe's bodies are forms: every value arrives as text. */
type Reader<Value> = (value: unknown, name: string) => Value;

type Shape = Record<string, Reader<unknown>>;
export type Read<S extends Shape> = { [Name in keyof S]: ReturnType<S[Name]> };

const absent = (value: unknown): value is undefined | '' => value === undefined || value === '';

const requiredText = (value: unknown, name: string): string => {
  if (absent(value)) {
    throw invalidParameter(`Missing required param: ${name}.`, name, 'parameter_missing');
  }
  if (typeof value !== 'string') throw invalidParameter('Invalid string', name, 'parameter_invalid_string');
  return value;
};

const requiredInteger = (value: unknown, name: string): number => {
  const text = requiredText(value, name);
  // Only the canonical form: "10.0" or "1e3" would hide a mistake in the caller's sums.
  if (!/^(0|-?[1-9][0-9]{0,14})$/.test(text)) {
    throw invalidParameter(`Invalid integer: ${text}`, name, 'parameter_invalid_integer');
  }
  return Number(text);
};

export const text: Reader<string> = requiredText;
export const integer: Reader<number> = requiredInteger;

export const optionalText: Reader<string | undefined> = (value, name) =>
  absent(value) ? undefined : requiredText(value, name);

export const optionalInteger: Reader<number | undefined> = (value, name) =>
  absent(value) ? undefined : requiredInteger(value, name);

/** `created=…`, or `created[gte]=…` and the like, as a test of a time. */
export const optionalRange: Reader<((seconds: number) => boolean) | undefined> = (value, name) => {
  if (absent(value)) return undefined;
  if (typeof value !== 'object') {
    const exact = requiredInteger(value, name);
    return (seconds) => seconds === exact;
  }
  const bound = readParameters(
    { ...value },
    {
      gt: optionalInteger,
      gte: optionalInteger,
      lt: optionalInteger,
      lte: optionalInteger,
    },
  );
  return (seconds) =>
    (bound.gt === undefined || seconds > bound.gt) &&
    (bound.gte === undefined || seconds >= bound.gte) &&
    (bound.lt === undefined || seconds < bound.lt) &&
    (bound.lte === undefined || seconds <= bound.lte);
};

export const optionalFlag: Reader<boolean | undefined> = (value, name) => {
  if (absent(value)) return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  throw invalidParameter('Invalid boolean', name, 'parameter_invalid_boolean');
};

export function oneOf<const Word extends string>(...words: Word[]): Reader<Word | undefined> {
  return (value, name) => {
    if (absent(value)) return undefined;
    const word = words.find((candidate) => candidate === value);
    if (word !== undefined) return word;
    throw invalidParameter(
      `Invalid ${name}: must be one of ${words.join(', ')}`,
      name,
      'parameter_invalid_enum',
    );
  };
}

export const metadata: Reader<Record<string, string>> = (value, name) => {
  if (absent(value)) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParameter('Invalid object', name, 'parameter_invalid_object');
  }
  const entries = Object.entries(value).map(([key, item]): [string, string] => [key, String(item)]);
  return Object.fromEntries(entries);
};

export const words: Reader<string[]> = (value, name) => {
  if (absent(value)) return [];
  if (Array.isArray(value)) return value.map((item) => requiredText(item, name));
  throw invalidParameter('Invalid array', name, 'parameter_invalid_array');
};

/** A nested object that the simulator accepts and reads no further. */
export const anyObject: Reader<Record<string, unknown> | undefined> = (value, name) => {
  if (absent(value)) return undefined;
  if (typeof value !== 'object' || value === null) {
    throw invalidParameter('Invalid object', name, 'parameter_invalid_object');
  }
  return { ...value };
};

export function readForm(form: string): Record<string, unknown> {
  return { ...parse(form, { depth: 5, parameterLimit: 200, arrayLimit: 50 }) };
}

/** Reads the named parameters and refuses every other one, as Stripe does (`parameter_unknown`). */
export function readParameters<S extends Shape>(given: Record<string, unknown>, shape: S): Read<S> {
  for (const name of Object.keys(given)) {
    if (!(name in shape)) {
      throw invalidParameter(`Received unknown parameter: ${name}`, name, 'parameter_unknown');
    }
  }
  const read = Object.entries(shape).map(([name, reader]) => [name, reader(given[name], name)]);
  // The mapped type follows from the shape entry by entry; Object.fromEntries forgets it.
  return Object.fromEntries(read) as Read<S>;
}

// One random id in five hundred has digits enough, in groups, to pass for a card number.
const ID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;

/** Luhn over 13 to 19 digits, with the separators people type. */
function looksLikeCardNumber(value: string): boolean {
  for (const match of value.replaceAll(ID, 'id').matchAll(/(?:\d[ -]?){12,18}\d/g)) {
    const digits = [...match[0].replaceAll(/\D/g, '')].reverse().map(Number);
    const sum = digits.reduce(
      (total, digit, index) => total + (index % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2),
      0,
    );
    if (sum % 10 === 0) return true;
  }
  return false;
}

/**
 * Refuses raw card data wherever it stands. Stripe would take `card[number]` from a certified caller; nobody who talks
 * to this simulator is one, so a card number here is always a mistake.
 */
export function refuseCardData(value: unknown, path = ''): void {
  if (typeof value === 'string' && looksLikeCardNumber(value)) throw cardDataRefused(path);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    const inner = path === '' ? name : `${path}[${name}]`;
    if (/^card\[(number|cvc)\]$/.test(inner.slice(inner.lastIndexOf('card[')))) throw cardDataRefused(inner);
    refuseCardData(item, inner);
  }
}

function cardDataRefused(parameter: string): ApiError {
  return new ApiError(
    'Sending card numbers to the API is unsafe and refused here. Use a test token such as tok_visa.',
    { status: 402, code: 'card_data_refused', parameter, beforeExecution: true },
  );
}
