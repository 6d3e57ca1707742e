import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '@kept/subgraph-kit';
import { ORGANIZATION_HEADER } from '../authenticate/caller.ts';
import { refuseCardData } from '../card-data/refuse-card-data.ts';
import { checkJson } from '../limits/check-values.ts';

/** What a client sent, read and of the right form; nothing of it has been believed yet. */
export interface Envelope {
  readonly query: string | undefined;
  /** Without a prototype: a variable called `toString` is not there unless it was sent. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
  /** Every other member of the request, for the steps that know more of them (`documentId`, `extensions`). */
  readonly members: Readonly<Record<string, unknown>>;
}

/** Refuses what is no JSON request of one operation before anything else looks at it. */
export function checkHeaders(headers: IncomingHttpHeaders): void {
  const type = (headers['content-type'] ?? '').toLowerCase().replaceAll(' ', '');
  // A form or plain-text request needs no preflight in a browser: refusing them is what keeps cross-site requests out.
  if (!/^application\/json(;charset="?utf-8"?)?$/.test(type)) {
    throw new Fault('BAD_INPUT', 'Send the operation as application/json in UTF-8.', {
      field: 'content-type',
    });
  }
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    throw new Fault('BAD_INPUT', 'Send the request uncompressed.', { field: 'content-encoding' });
  }
}

/**
 * Reads the body of one request (GraphQL over HTTP, §5.4): members of the right types, no key that reaches into a
 * prototype, nothing deeper or longer than any client of ours needs, and no card data, in the headers that we read
 * neither. Throws a `Fault`.
 */
export function readEnvelope(body: Buffer, headers: IncomingHttpHeaders): Envelope {
  const value = parseJson(body);
  if (Array.isArray(value)) throw new Fault('BAD_INPUT', 'Send one operation per request.');
  if (!isRecord(value)) throw new Fault('BAD_INPUT', 'The request holds no operation.');
  const { query, ...members } = value;
  checkJson(members);
  const { variables, operationName, extensions } = members;
  if (!isAbsent(query) && typeof query !== 'string') {
    throw new Fault('BAD_INPUT', 'The query is a text.', { field: 'query' });
  }
  if (!isAbsent(variables) && !isRecord(variables)) {
    throw new Fault('BAD_INPUT', 'Variables are an object.', { field: 'variables' });
  }
  if (!isAbsent(operationName) && typeof operationName !== 'string') {
    throw new Fault('BAD_INPUT', 'The name of the operation is a text.', { field: 'operationName' });
  }
  if (!isAbsent(extensions) && !isRecord(extensions)) {
    throw new Fault('BAD_INPUT', 'Extensions are an object.', { field: 'extensions' });
  }
  refuseCardData({
    json: members,
    document: undefined,
    headers: [headers.authorization, String(headers[ORGANIZATION_HEADER] ?? '')],
  });
  return {
    query: query ?? undefined,
    variables: Object.assign(Object.create(null) as Record<string, unknown>, variables),
    operationName: operationName || undefined,
    members,
  };
}

const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch (cause) {
    throw new Fault('BAD_INPUT', 'The request is not JSON in UTF-8.', { cause });
  }
}
