import {
  GraphQLError,
  execute,
  getOperationAST,
  OperationTypeNode,
  parse,
  validate,
  type DocumentNode,
  type OperationDefinitionNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { Fault } from './fault.ts';
import { isCoercion } from './present-error.ts';

/** What the gateway sends: one operation. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Record<string, unknown> | undefined;
}

// The gateway's plans repeat: a few hundred documents cover a graph. Each is parsed and validated once.
const DOCUMENTS_MAX = 1_000;
const TOKENS_MAX = 20_000;

/**
 * Runs operations against one schema with graphql-js itself. Apollo Server in this place costs half of the
 * throughput for features that only the edge needs (measured, docs/decisions/0004).
 */
export function openExecutor(schema: GraphQLSchema) {
  const documents = new Map<string, DocumentNode | readonly GraphQLError[]>();
  const read = (query: string) => {
    const known = documents.get(query);
    if (known) return known;
    const result = readDocument(schema, query);
    const oldest = documents.size >= DOCUMENTS_MAX ? documents.keys().next().value : undefined;
    if (oldest !== undefined) documents.delete(oldest);
    documents.set(query, result);
    return result;
  };
  const isQuery = ({ query, operationName }: OperationRequest): boolean => {
    const document = read(query);
    return (
      'kind' in document && getOperationAST(document, operationName)?.operation === OperationTypeNode.QUERY
    );
  };
  const run = async (request: OperationRequest, contextValue: unknown): Promise<ExecutionResult> => {
    const document = read(request.query);
    if (!('kind' in document)) return { errors: document };
    const operation = getOperationAST(document, request.operationName);
    if (!operation)
      return { errors: [new GraphQLError('Name one operation of the document.', coded('BAD_INPUT'))] };
    return execute({
      schema,
      document,
      contextValue,
      ...(request.operationName !== undefined && { operationName: request.operationName }),
      variableValues: request.variables ?? {},
    });
  };
  /** Whether something holds of an operation; of one that cannot be read it does, and `run` says what is wrong. */
  const holds = (
    { query, operationName }: OperationRequest,
    question: (document: DocumentNode, operation: OperationDefinitionNode) => boolean,
  ): boolean => {
    const document = read(query);
    const operation = 'kind' in document ? getOperationAST(document, operationName) : undefined;
    return 'kind' in document && operation ? question(document, operation) : true;
  };
  return { run, isQuery, holds };
}

const coded = (code: string) => ({ extensions: { code } });

function readDocument(schema: GraphQLSchema, query: string): DocumentNode | readonly GraphQLError[] {
  try {
    const document = parse(query, { maxTokens: TOKENS_MAX, noLocation: true });
    const errors = validate(schema, document, undefined, { maxErrors: 5, hideSuggestions: true });
    if (errors.length === 0) return document;
    // A literal that does not fit its type is presented like a variable that does not (present-error.ts).
    return errors.map((error) =>
      isCoercion(error) ? error : new GraphQLError(error.message, coded('GRAPHQL_VALIDATION_FAILED')),
    );
  } catch {
    return [new GraphQLError('The document is not GraphQL.', coded('GRAPHQL_PARSE_FAILED'))];
  }
}

/** Reads the JSON body of an operation. Throws a `Fault` when it is not one. */
export function readOperation(body: Buffer): OperationRequest {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new Fault('BAD_INPUT', 'The request is not JSON.', { cause });
  }
  if (typeof value !== 'object' || value === null || !('query' in value) || typeof value.query !== 'string') {
    throw new Fault('BAD_INPUT', 'The request holds no GraphQL operation.');
  }
  const { operationName, variables } = value as { operationName?: unknown; variables?: unknown };
  return {
    query: value.query,
    ...(typeof operationName === 'string' && { operationName }),
    ...(typeof variables === 'object' && variables !== null && { variables: { ...variables } }),
  };
}
