import type { Logger } from '../log.ts';
import { openTracing } from './open-tracing.ts';
import type { Tracing } from './trace-span.ts';

let tracing: Tracing | undefined;

/** The tracing of this process; undefined when no collector is set. */
export const processTracing = (): Tracing | undefined => tracing;

/** Starts it once, when there is somewhere to send spans. */
export async function startProcessTracing(options: {
  service: string;
  endpoint: string | undefined;
  log: Logger;
}): Promise<Tracing | undefined> {
  const { endpoint } = options;
  if (endpoint === undefined) return undefined;
  tracing ??= await openTracing({ ...options, endpoint });
  return tracing;
}
