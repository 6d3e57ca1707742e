import { FAULT_CODES, type FaultCode, type Logger } from '@kept/subgraph-kit';
import type { Dispatcher } from 'undici';

/** What a subgraph says, as far as we pass it on. */
export interface SubgraphAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly SubgraphError[];
}
interface SubgraphError {
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

/** Reads a subgraph's answer, and of its errors only what is meant for people. A body that is none of ours stays here. */
export async function readAnswer(
  response: Dispatcher.ResponseData,
  { service, log }: { service: string; log: Logger },
): Promise<SubgraphAnswer> {
  const { statusCode, headers, body } = response;
  const text = await body.text();
  const isJson = String(headers['content-type']).startsWith('application/json');
  const answer = isJson && statusCode === 200 ? parseAnswer(text) : undefined;
  if (!answer) {
    log.error({ subgraph: service, status: statusCode }, 'a subgraph gave an answer that cannot be used');
    return unavailable;
  }
  const { data, errors } = answer;
  return {
    ...(isRecord(data) || data === null ? { data } : {}),
    ...(Array.isArray(errors) && errors.length > 0 && { errors: errors.map(presentable) }),
  };
}

function parseAnswer(text: string): Record<string, unknown> | undefined {
  try {
    // JSON.parse makes `__proto__` an own key, which merging code may follow (CVE-2026-32621); data has no such key.
    const value: unknown = text.includes('"__proto__"')
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
  const known = typeof code === 'string' && code in FAULT_CODES && !OURS_TO_EXPLAIN.has(code);
  const shown: FaultCode = known ? (code as FaultCode) : 'INTERNAL';
  return {
    message: known && typeof message === 'string' ? message : SORRY,
    ...(Array.isArray(path) && { path: path as (string | number)[] }),
    extensions: {
      code: shown,
      ...(known && typeof field === 'string' && { field }),
      ...(known && typeof retryAfterSeconds === 'number' && { retryAfterSeconds }),
    },
  };
}
