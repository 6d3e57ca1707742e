/** Every code a caller can meet, with what it means. docs/errors.md is the same list for client developers. */
export const FAULT_CODES = {
  UNAUTHENTICATED: 'Sign in first, or again.',
  UNAUTHORIZED_FIELD_OR_TYPE: 'Your role may not read or do this.',
  PURPOSE_VIOLATION: 'It is kept for other purposes than the one you ask for; `kept-purpose` says which.',
  NETWORK_REFUSED: 'This is not available from the network or country you are in.',
  NOT_FOUND: 'It does not exist, or you may not know of it.',
  BAD_INPUT: 'Something you sent cannot be used; `field` says what.',
  GRAPHQL_PARSE_FAILED: 'The document is not GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  LIMIT_EXCEEDED: 'The operation asks for too much at once.',
  DOCUMENT_NOT_TRUSTED: 'Only documents of published apps are answered here.',
  PERSISTED_QUERY_NOT_FOUND: 'No published app has a document of this hash; send its text.',
  PERSISTED_QUERY_NOT_SUPPORTED: 'There are no documents to ask by hash here; send the text.',
  UPGRADE_REQUIRED: 'The app is too old; update it (`minimumVersion`, `storeUrl`).',
  ATTESTATION_REQUIRED: 'The app must prove that it is genuine, and has not.',
  REQUEST_TOO_LARGE: 'The request is larger than this server reads.',
  CARD_DATA_REJECTED: 'What looks like a card number must never be sent here.',
  TRAINING_REQUIRED: 'Staff take the onboarding training before anything else (`training`, `startTraining`).',
  STEP_UP_REQUIRED: 'This needs a recent sign-in with a second factor.',
  RATE_LIMITED: 'Too many attempts; wait `retryAfterSeconds`.',
  CONFLICT: 'Somebody was faster, or the same is still going on; ask again.',
  OUTCOME_UNKNOWN: 'The connection broke at the last moment; repeat with the same idempotency key.',
  SUBGRAPH_UNAVAILABLE: 'A part of the service did not answer; the rest of the data is here.',
  UNAVAILABLE: 'The service is starting, stopping or overloaded; try again.',
  INTERNAL: 'Our mistake; it has been logged under the request id.',
} as const;
export type FaultCode = keyof typeof FAULT_CODES;

/**
 * A refusal, or something broken outside. Three things in one: a code for programs, a sentence for the
 * person (`message`), and the detail for our log, which never leaves the process.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly detail: string | undefined;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** More that a program can use, such as the version that is needed. Leaves with the error as its extensions. */
  readonly extensions: Readonly<Record<string, string>> | undefined;

  constructor(
    code: FaultCode,
    sentence: string,
    more: {
      detail?: string;
      field?: string;
      retryAfterSeconds?: number;
      extensions?: Readonly<Record<string, string>>;
      cause?: unknown;
    } = {},
  ) {
    super(sentence, { cause: more.cause });
    this.code = code;
    this.detail = more.detail;
    this.field = more.field;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.extensions = more.extensions;
  }
}

/** The refusals that use cases need most, each with its sentence. `throw refused.notFound('booking')`. */
export const refused = {
  unauthenticated: (sentence = 'Please sign in first.') => new Fault('UNAUTHENTICATED', sentence),
  forbidden: (sentence = 'Your role may not do this.') => new Fault('UNAUTHORIZED_FIELD_OR_TYPE', sentence),
  /** Also for what exists but the caller may not know of. */
  notFound: (thing: string) => new Fault('NOT_FOUND', `There is no such ${thing}.`),
  badInput: (sentence: string, more: { field?: string } = {}) => new Fault('BAD_INPUT', sentence, more),
  stepUpRequired: (sentence = 'Please confirm with your second factor first.') =>
    new Fault('STEP_UP_REQUIRED', sentence),
  trainingRequired: () =>
    new Fault('TRAINING_REQUIRED', 'Please take the onboarding training first. Ask a manager if you cannot.'),
  rateLimited: (retryAfterSeconds: number) =>
    new Fault('RATE_LIMITED', `Too many attempts. Please wait ${retryAfterSeconds} seconds and try again.`, {
      retryAfterSeconds,
    }),
  unavailable: (sentence = 'This is not available right now. Please try again in a moment.') =>
    new Fault('UNAVAILABLE', sentence),
};

/** For what cannot happen. When it does, the request fails loudly and the log has the reason. */
export function invariant(condition: unknown, why: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${why}`);
}
