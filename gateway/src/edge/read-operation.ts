import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '@kept/subgraph-kit';
import { getOperationAST, OperationTypeNode, parse, type DocumentNode } from 'graphql';
import { refuseCardData } from '../card-data/refuse-card-data.ts';
import { looksLikeCard } from '../card-data/looks-like-card.ts';
import { checkDocumentValues, checkJson } from '../limits/check-values.ts';
import { checkLimits, LIMITS, type LimitOptions } from '../limits/check-limits.ts';

/** One operation as a client sent it, within our limits and without card data. */
export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
  /** The name that it has in the document, for logs. */
  readonly name: string | null;
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

/** Reads and checks one operation. Every check is made on every request, before anything that is cached is trusted. */
export function readOperation(body: Buffer, headers: IncomingHttpHeaders, limits: LimitOptions): Operation {
  const { query, variables, operationName } = readBody(body);
  checkJson({ variables, operationName });
  const document = parseDocument(query);
  refuseCardData({
    json: { variables, operationName },
    document,
    headers: [headers.authorization, String(headers['kept-organization'] ?? '')],
  });
  checkLimits(document, limits);
  checkDocumentValues(document, variables);
  const name = chosenOperation(document, operationName).name?.value ?? null;
  return { query, variables, operationName, name: name && name.length <= 100 ? name : null };
}

function readBody(body: Buffer): Pick<Operation, 'query' | 'variables' | 'operationName'> {
  const value = parseJson(body);
  if (Array.isArray(value)) throw new Fault('BAD_INPUT', 'Send one operation per request.');
  if (typeof value !== 'object' || value === null)
    throw new Fault('BAD_INPUT', 'The request holds no operation.');
  checkJson(Object.fromEntries(Object.keys(value).map((key) => [key, null])));
  const { query, variables = {}, operationName } = value as Record<string, unknown>;
  if (typeof query !== 'string' || query.trim() === '') {
    throw new Fault('BAD_INPUT', 'The request holds no operation.', { field: 'query' });
  }
  if (variables !== null && (typeof variables !== 'object' || Array.isArray(variables))) {
    throw new Fault('BAD_INPUT', 'Variables are an object.', { field: 'variables' });
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw new Fault('BAD_INPUT', 'The name of the operation is a text.', { field: 'operationName' });
  }
  return {
    query,
    variables: (variables ?? {}) as Record<string, unknown>,
    operationName: operationName || undefined,
  };
}

function chosenOperation(document: DocumentNode, operationName: string | undefined) {
  const operation = getOperationAST(document, operationName);
  if (!operation)
    throw new Fault('BAD_INPUT', 'Say which operation of the document is meant.', { field: 'operationName' });
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    throw new Fault('GRAPHQL_VALIDATION_FAILED', 'There are no subscriptions here.');
  }
  return operation;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(body: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(body);
    return JSON.parse(text);
  } catch (cause) {
    throw new Fault('BAD_INPUT', 'The request is not JSON in UTF-8.', { cause });
  }
}

function parseDocument(query: string): DocumentNode {
  try {
    return parse(query, { maxTokens: LIMITS.tokens });
  } catch (error) {
    // graphql-js quotes what it stumbled over: neither its message nor the text goes anywhere.
    if (looksLikeCard(query)) refuseCardData({ json: query, document: undefined, headers: [] });
    if (error instanceof Error && error.message.includes('tokens')) {
      throw new Fault('LIMIT_EXCEEDED', `A document may have at most ${LIMITS.tokens} tokens.`);
    }
    throw new Fault('GRAPHQL_PARSE_FAILED', 'The document is not GraphQL.');
  }
}
