import { setting } from '@kept/subgraph-kit';
import { z } from 'zod';

/** What of the gateway can be looked at, and by whom. Off unless it is set. */
export const telemetrySettings = {
  /** Who knows it may read `/metrics`. */
  KEPT_METRICS_TOKEN: setting.secret.optional(),
  /** Whether a client's own `traceparent` is gone on with: only where clients are ours, such as behind our own website. */
  KEPT_TRUST_TRACEPARENT: z.stringbool().default(false),
};
