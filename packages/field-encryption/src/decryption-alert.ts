import { EnvelopeRefused } from './errors.ts';
import type { FieldPlace } from './field-class.ts';

/** The part of a pino logger that this package writes to. */
export interface AlertLog {
  error(fields: object, message: string): void;
}

/** Where something did not open; without a field it is a key itself that does not. */
export interface OpeningPlace {
  organizationId: string | null;
  place?: Pick<FieldPlace, 'table' | 'column' | 'rowId'>;
}

/**
 * Counts what does not open and says so, by the name that the OWASP Logging Vocabulary has for it: a value that was sealed here and
 * does not open was damaged or moved by somebody who writes to the database past us. The error itself goes on to whoever asked.
 */
export class DecryptionAlert {
  readonly #log: AlertLog | undefined;
  #failures = 0;

  constructor(log: AlertLog | undefined) {
    this.#log = log;
  }

  get failures(): number {
    return this.#failures;
  }

  watch<Result>(where: OpeningPlace, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw this.#noted(where, error);
    }
  }

  async watchAsync<Result>(where: OpeningPlace, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw this.#noted(where, error);
    }
  }

  #noted({ organizationId, place }: OpeningPlace, error: unknown): unknown {
    if (!(error instanceof EnvelopeRefused)) return error;
    this.#failures += 1;
    const { table, column, rowId } = place ?? {};
    this.#log?.error(
      { event: 'crypt_decrypt_fail', organizationId, table, column, rowId, reason: error.message },
      'A sealed value does not open: it was damaged, or moved to where it does not belong.',
    );
    return error;
  }
}

/** What a service's metrics say of it: worth an alarm as soon as it is more than zero. */
export const decryptionFigure = (keyring: { failures(): number }) => ({
  name: 'kept_decryption_failures_total',
  help: 'Sealed values and keys that did not open: damaged, moved, or under a key that is not theirs.',
  value: () => keyring.failures(),
});
