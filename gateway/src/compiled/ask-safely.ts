import type { Logger } from '@kept/subgraph-kit';
import { unavailable, type SubgraphAnswer } from '../fetch/read-answer.ts';
import type { ResponsePath } from './failures.ts';
import type { Ask, Run, Step } from './run.ts';

/** What asking needs of a request. */
export interface AskContext {
  readonly signal: AbortSignal;
  readonly log: Pick<Logger, 'error'>;
}

/** Asks for one request: nobody is asked any more once it is given up, and an `ask` that throws costs only its part. */
export function askSafely<Context extends AskContext>(ask: Ask<Context>, context: Context): Run['ask'] {
  return async (service, request): Promise<SubgraphAnswer> => {
    if (context.signal.aborted) return unavailable;
    try {
      return await ask(service, request, context);
    } catch (error) {
      context.log.error({ err: error, subgraph: service }, 'a subgraph could not be asked');
      return unavailable;
    }
  };
}

/**
 * Makes a sub-request's step one that never throws: what cannot be worked on (data nested a million deep) costs its part,
 * and neither the answer nor, as a rejection that nobody waits for, the process.
 */
export function stepSafely(step: Step, service: string, covers: readonly ResponsePath[]): Step {
  return (run) => {
    const fail = () => run.failures.addUnexplained(service, covers);
    try {
      return step(run)?.catch(fail);
    } catch {
      fail();
      return undefined;
    }
  };
}
