import type { Audience, Purpose } from '@kept/access-policy';
import type { Caller } from '@kept/passport';
import type { Logger, TraceSpan } from '@kept/subgraph-kit';
import type { ClientApp } from './clients/client-app.ts';

/** What one request carries from the edge to the subgraphs. */
export interface RequestContext {
  readonly caller: Caller;
  readonly audiences: readonly Audience[];
  /** What this operation is asked for. Personal fields that are not kept for one of them are withheld. */
  readonly purposes: readonly Purpose[];
  /** The app that sends it. */
  readonly client: ClientApp;
  /** When the answer must be out, in milliseconds of `performance.now()`. What is not there by then is left out. */
  readonly deadline: number;
  /** Aborts when the client has gone: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** What this operation's parts are traced under, where somebody traces. */
  readonly span?: TraceSpan | undefined;
}
