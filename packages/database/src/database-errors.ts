/**
 * The connection was lost, or the deadline passed, after COMMIT was sent: the change may or may not have happened.
 * Never repeat blindly; ask again with the same idempotency key.
 */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
  constructor(options?: ErrorOptions) {
    super('It is unknown whether the change was saved; ask again with the same idempotency key.', options);
  }
}

/** The work caught a database error and went on: PostgreSQL answers such a COMMIT with a rollback, silently. */
export class RolledBack extends Error {
  override readonly name = 'RolledBack';
  constructor() {
    super('A statement of this transaction had failed and the failure was swallowed, so nothing was saved.');
  }
}

// The error of the driver hides below TypeORM's, and both may hide below `cause`.
function* chain(error: unknown): Generator<Record<string, unknown>> {
  let current = error;
  for (let depth = 0; depth < 8 && typeof current === 'object' && current !== null; depth += 1) {
    const link = current as Record<string, unknown>;
    yield link;
    current = link['driverError'] ?? link['cause'];
  }
}

function textIn(error: unknown, property: string, form: RegExp): string | undefined {
  for (const link of chain(error)) {
    const value = link[property];
    if (typeof value === 'string' && form.test(value)) return value;
  }
  return undefined;
}

/** The five characters by which PostgreSQL names what went wrong, when it was PostgreSQL that said it. */
export function sqlStateOf(error: unknown): string | undefined {
  return textIn(error, 'code', /^[0-9A-Z]{5}$/);
}

/** The name of the constraint that refused, to be turned into a sentence for the caller. */
export function constraintOf(error: unknown): string | undefined {
  return textIn(error, 'constraint', /./);
}

/** Serialization failure and deadlock: PostgreSQL rolled back and asks to try again (its manual, chapter 13.5). */
export function asksForRetry(error: unknown): boolean {
  return ['40001', '40P01'].includes(sqlStateOf(error) ?? '');
}

/** No word from PostgreSQL, or its last one: class 08, and the shutdown codes that may follow a commit already made. */
export function isConnectionLoss(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || /^(08|57P0)/.test(state);
}

/** Takes out of an error what rows contain: parameters and PostgreSQL's DETAIL carry personal data into logs. */
export function withoutRowValues<T>(error: T): T {
  for (const link of chain(error)) {
    for (const name of ['parameters', 'detail', 'where', 'internalQuery']) {
      if (name in link) link[name] = undefined;
    }
  }
  return error;
}
