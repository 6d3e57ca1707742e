/** What Stripe answers instead of an object: `{ "error": { type, code, message, param… } }` with a status. */
export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | undefined;
  readonly parameter: string | undefined;
  /** Further members of the error body, such as `decline_code` or the `payment_intent` it is about. */
  readonly details: Record<string, unknown>;
  /**
   * Stripe saves the answer of an idempotent request only once the endpoint has begun to work: a request that failed
   * validation may be corrected and sent again with the same key.
   */
  readonly beforeExecution: boolean;

  constructor(
    message: string,
    about: {
      status?: number;
      type?: string;
      code?: string;
      parameter?: string;
      details?: Record<string, unknown>;
      beforeExecution?: boolean;
    } = {},
  ) {
    super(message);
    this.status = about.status ?? 400;
    this.type = about.type ?? 'invalid_request_error';
    this.code = about.code;
    this.parameter = about.parameter;
    this.details = about.details ?? {};
    this.beforeExecution = about.beforeExecution ?? false;
  }

  body(): Record<string, unknown> {
    return {
      error: {
        ...(this.code === undefined ? {} : { code: this.code }),
        message: this.message,
        ...(this.parameter === undefined ? {} : { param: this.parameter }),
        type: this.type,
        ...this.details,
      },
    };
  }
}

export function invalidParameter(message: string, parameter: string, code: string): ApiError {
  return new ApiError(message, { code, parameter, beforeExecution: true });
}

export function missingResource(kind: string, id: string, parameter = 'id'): ApiError {
  return new ApiError(`No such ${kind}: '${id}'`, { status: 404, code: 'resource_missing', parameter });
}
