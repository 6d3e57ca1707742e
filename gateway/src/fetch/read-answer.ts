import { isUtf8 } from 'node:buffer';
import { FAULT_CODES, type FaultCode } from '@kept/subgraph-kit';

/** What a subgraph says, as far as we pass it on. */
export interface SubgraphAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly SubgraphError[];
}
export interface SubgraphError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

const SORRY = 'Something went wrong on our side. It has been noted; please try again.';

/** Stands for a subgraph that gave no answer: data of the others is kept, this part is null. */
export const unavailable: SubgraphAnswer = {
  errors: [
    {
      message: 'A part of the service is not available right now. Please try again in a moment.',
      path: [],
      extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
    },
  ],
};

// These are about the gateway's own sub-request, which the client has not written: for them it is our mistake.
const OURS_TO_EXPLAIN = new Set<string>(['INTERNAL', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);
// A page of a hundred rows with a few hidden fields each; a flood beyond it helps nobody.
const ERRORS_MAX = 500;
const SENTENCE_LENGTH_MAX = 400;
const PATH_LENGTH_MAX = 64;

/**
 * Reads the body of a subgraph's answer, and of its errors only what is meant for people. Undefined when it is none: not
 * UTF-8, not JSON, not an object with data or errors.
 */
export function readAnswer(body: Buffer): SubgraphAnswer | undefined {
  if (!isUtf8(body)) return undefined;
  const answer = parseAnswer(body.toString('utf8'));
  if (!answer) return undefined;
  const { data, errors } = answer;
  const usable = isRecord(data) || data === null || Array.isArray(errors);
  if (!usable) return undefined;
  return {
    ...(isRecord(data) || data === null ? { data } : {}),
    ...(Array.isArray(errors) &&
      errors.length > 0 && { errors: errors.slice(0, ERRORS_MAX).map(presentable) }),
  };
}

function parseAnswer(text: string): Record<string, unknown> | undefined {
  try {
    // JSON.parse makes `__proto__` an own key, which merging code may follow (CVE-2026-32621); data has no such key.
    // It can be spelled with escapes, too.
    const value: unknown =
      text.includes('__proto__') || text.includes('\\u00')
        ? JSON.parse(text, (key, item: unknown) => (key === '__proto__' ? undefined : item))
        : JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function presentable(error: unknown): SubgraphError {
  const { message, path, extensions } = isRecord(error) ? error : {};
  const { code, field, retryAfterSeconds } = isRecord(extensions) ? extensions : {};
  const known = typeof code === 'string' && Object.hasOwn(FAULT_CODES, code) && !OURS_TO_EXPLAIN.has(code);
  const shown: FaultCode = known ? (code as FaultCode) : 'INTERNAL';
  return {
    message: known ? sentenceFor(shown, message) : SORRY,
    ...(isPath(path) && { path }),
    extensions: {
      code: shown,
      ...(known && typeof field === 'string' && field.length <= SENTENCE_LENGTH_MAX && { field }),
      ...(known && typeof retryAfterSeconds === 'number' && { retryAfterSeconds }),
      ...(shown === 'STEP_UP_REQUIRED' && isRecord(extensions) && whatIsNeeded(extensions)),
    },
  };
}

// What an app has to begin a step-up with (RFC 9470). Words and numbers of ours; anything else stays inside.
const NEEDED = ['acrValues', 'maxAgeSeconds', 'operationBound', 'methods'] as const;
const WORDS = /^[A-Za-z0-9_ ]{1,100}$/;
const whatIsNeeded = (extensions: Record<string, unknown>) =>
  Object.fromEntries(
    NEEDED.map((name) => [name, extensions[name]] as const).filter(
      ([, value]) => typeof value === 'string' && WORDS.test(value),
    ),
  );

// An address, a place in code, SQL: no sentence of ours holds one, so whoever sends it has copied somebody else's error.
const NOT_FOR_PEOPLE =
  /:\/\/|localhost|\b\d{1,3}(?:\.\d{1,3}){3}\b|\bat \S+:\d+|\.[cm]?[jt]s\b|\b(?:SELECT|INSERT|UPDATE|DELETE)\b|[\u0000-\u001f]/;

const sentenceFor = (code: FaultCode, message: unknown): string =>
  typeof message === 'string' && message.length <= SENTENCE_LENGTH_MAX && !NOT_FOR_PEOPLE.test(message)
    ? message
    : FAULT_CODES[code];

const isPath = (path: unknown): path is (string | number)[] =>
  Array.isArray(path) &&
  path.length <= PATH_LENGTH_MAX &&
  path.every((part) => typeof part === 'string' || typeof part === 'number');
