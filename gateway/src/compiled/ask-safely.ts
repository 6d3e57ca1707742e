import { unavailable, type SubgraphAnswer } from '../fetch/read-answer.ts';
import type { Ask, Run } from './run.ts';

/** A subgraph that answered without the data that it was asked for, and without saying why. */
export const NOTHING_SAID = {
  message: unavailable.errors?.[0]?.message ?? '',
  extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
};

/** Asks for one request: nobody is asked any more once it is given up, and an `ask` that throws costs only its part. */
export function askSafely<Context extends { readonly signal: AbortSignal }>(
  ask: Ask<Context>,
  context: Context,
): Run['ask'] {
  return async (service, request): Promise<SubgraphAnswer> => {
    if (context.signal.aborted) return unavailable;
    try {
      return await ask(service, request, context);
    } catch {
      return unavailable;
    }
  };
}
