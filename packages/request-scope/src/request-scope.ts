import { AsyncLocalStorage } from 'node:async_hooks';

/** What all work for one request shares. */
export interface RequestScope {
  /** The id that the gateway gave the request and its answer carries. */
  readonly requestId: string;
  /**
   * When nobody waits any more, in milliseconds of `performance.now()`. Only reading has such a time: a change that has begun
   * is finished, and so is work in the background.
   */
  readonly endsAt?: number | undefined;
}

const storage = new AsyncLocalStorage<RequestScope>();

/** Does the work, and everything that it begins, as part of this request. */
export const withinRequest = <T>(scope: RequestScope, work: () => T): T => storage.run(scope, work);

/** The request that this work belongs to; undefined for what nobody asked for: sweeps, start-up. */
export const currentRequest = (): RequestScope | undefined => storage.getStore();
