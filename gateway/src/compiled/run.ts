import type { RequestContext } from '../context.ts';
import type { SubgraphAnswer } from '../fetch/read-answer.ts';
import type { Data } from './bare-object.ts';
import type { Failures } from './failures.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** One sub-request as it leaves: the whole body of the POST, and whether it may be sent twice. */
export interface SubRequest {
  readonly body: string;
  readonly kind: 'query' | 'mutation';
}

/** Asks a subgraph (`fetch/open-subgraphs.ts`). One that does not answer is an answer with errors. */
export type Ask<Context = RequestContext> = (
  service: string,
  request: SubRequest,
  context: Context,
) => Promise<SubgraphAnswer>;

/** One request on its way through a compiled operation. */
export interface Run {
  /** What the subgraphs have answered so far, put together. */
  readonly data: Data;
  readonly variables: Variables;
  readonly failures: Failures;
  ask(service: string, request: SubRequest): Promise<SubgraphAnswer>;
}

/** A part of a plan, compiled. Gives no promise when there is nothing to wait for. */
export type Step = (run: Run) => Promise<void> | undefined;
