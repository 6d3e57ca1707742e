import type { DocumentNode, ExecutionResult } from 'graphql';
import type { RequestContext } from '../context.ts';
import type { PreparedOperation } from '../operations/prepared-operation.ts';

/** One operation of one caller, on its way to the subgraphs. */
export interface ExecuteRequest {
  readonly prepared: PreparedOperation;
  /** What is planned and fetched: the prepared document, or what is left of it for this caller. */
  readonly document: DocumentNode;
  /** Names `document`, and nothing else: plans are kept under it, and would leak between roles otherwise (measured). */
  readonly queryHash: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: RequestContext;
}

/**
 * What plans and fetches an operation. Ours alone: Apollo's gateway stands behind one implementation of it, and another
 * federation gateway could stand behind the next. Errors of the answer carry a code of the catalogue, or are our mistake.
 */
export type Execute = (request: ExecuteRequest) => Promise<ExecutionResult>;
