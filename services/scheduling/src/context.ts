import type { RequestContext } from '@kept/subgraph-kit';
import { openLoaders, type Loaders } from './loaders.ts';
import type { Scheduling } from './scheduling.ts';

/** What a resolver or a use case of one request knows. */
export interface SchedulingContext extends RequestContext {
  readonly scheduling: Scheduling;
  readonly loaders: Loaders;
}

/** Builds the context of one request; loaders live exactly as long as it. */
export function contextFor(scheduling: Scheduling): (request: RequestContext) => SchedulingContext {
  return (request) => ({ ...request, scheduling, loaders: openLoaders(scheduling, request.caller) });
}
