import type { Audience } from '@kept/access-policy';
import type { Caller } from '@kept/passport';
import type { Logger } from '@kept/subgraph-kit';

/** What one request carries from the edge to the subgraphs. */
export interface RequestContext {
  readonly caller: Caller;
  readonly audiences: readonly Audience[];
  /** When the answer must be out, in milliseconds of `performance.now()`. What is not there by then is left out. */
  readonly deadline: number;
  /** Aborts when the client has gone: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}
