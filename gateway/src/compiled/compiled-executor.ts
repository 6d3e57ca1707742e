import { Fault } from '@kept/subgraph-kit';
import { GraphQLError, type DocumentNode, type ExecutionResult } from 'graphql';
import type { RequestContext } from '../context.ts';
import { openBoundedCache } from '../operations/bounded-cache.ts';
import { noteLook } from '../telemetry/cache-looks.ts';
import { askSafely, type AskContext } from './ask-safely.ts';
import { compileOperation, type CompiledOperation } from './compile-operation.ts';
import type { Planner } from './plan.ts';
import type { Ask, Variables } from './run.ts';
import { openTypeConditions } from './type-conditions.ts';

/** What of a request the compiled executor needs; `execute/executor.ts` has it all. */
export interface CompiledRequest<Context> {
  /** Validated, with one operation: what is left of the client's for this caller. */
  readonly document: DocumentNode;
  /** Names `document`, and nothing else. */
  readonly queryHash: string;
  readonly variables: Variables;
  readonly context: Context;
}

// Every operation of a few apps, once per way in which it is cut for some audience. One takes 20 to 200 kB.
const OPERATIONS_MAX = 1_000;
const KEY_CHARACTERS_MAX = 1_000_000;

/**
 * Executes federated operations by compiling each once (decision 0010): what a request still costs is its variables, its
 * sub-requests and one walk over the answer. Opens nothing; asks through `ask`.
 */
export function openCompiledExecutor<Context extends AskContext = RequestContext>(options: {
  readonly planner: Planner;
  readonly ask: Ask<Context>;
}): (request: CompiledRequest<Context>) => Promise<ExecutionResult> {
  const { planner, ask } = options;
  const isOfType = openTypeConditions(planner.supergraphSchema);
  const kept = openBoundedCache<CompiledOperation>({
    entriesMax: OPERATIONS_MAX,
    keyCharactersMax: KEY_CHARACTERS_MAX,
  });
  return async ({ document, queryHash, variables, context }) => {
    let compiled = kept.get(queryHash);
    noteLook('plans', compiled !== undefined);
    if (!compiled) {
      try {
        compiled = compileOperation(document, { planner, isOfType });
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return { errors: [new GraphQLError(error.message, { extensions: { code: error.code } })] };
      }
      kept.set(queryHash, compiled);
    }
    return compiled.answer({ variables, ask: askSafely(ask, context), log: context.log });
  };
}
