import { Fault, type HttpAnswer, type Logger } from '@kept/subgraph-kit';
import type { ExecutionResult } from 'graphql';
import { DocumentRefused } from '../operations/read-document.ts';
import { presentError } from '../present-error.ts';
import type { AnswerForm } from './answer-form.ts';

const STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  NETWORK_REFUSED: 403,
  REQUEST_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
};
const statusOf = (code: unknown): number => STATUS[String(code)] ?? 400;

/**
 * A result as it leaves. With data, even partial or null, the answer is 200; an operation that was not run is refused
 * with the status of its first error (GraphQL over HTTP, §6.4.2), also for clients that read `application/json`.
 */
export function presentResult({ data, errors }: ExecutionResult, form: AnswerForm, log: Logger): HttpAnswer {
  const presented = errors?.map((error) => presentError(error, log));
  return {
    status: data === undefined ? statusOf(presented?.[0]?.extensions?.['code'] ?? 'INTERNAL') : 200,
    headers: { 'content-type': `${form}; charset=utf-8` },
    body: JSON.stringify({ ...(presented && { errors: presented }), ...(data !== undefined && { data }) }),
  };
}

/** A request that was refused before it became an operation. */
export function presentRefusal(fault: Fault, form: AnswerForm = 'application/json'): HttpAnswer {
  const { code, message, field, retryAfterSeconds, extensions } = fault;
  const said = {
    message,
    extensions: {
      code,
      ...extensions,
      ...(field !== undefined && { field }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    },
  };
  return {
    status: statusOf(code),
    headers: {
      'content-type': `${form}; charset=utf-8`,
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
    },
    body: JSON.stringify({ errors: fault instanceof DocumentRefused ? fault.errors : [said] }),
  };
}

/** For a client that takes none of our forms (RFC 9110 §15.5.7). */
export const notAcceptable: HttpAnswer = {
  ...presentRefusal(
    new Fault('BAD_INPUT', 'Accept application/graphql-response+json or application/json.', {
      field: 'accept',
    }),
  ),
  status: 406,
};
