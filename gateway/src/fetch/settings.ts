import { z } from 'zod';
import type { FetchLimits } from './subgraph-line.ts';

/** What can be set about asking subgraphs. The defaults are right unless a measurement says otherwise. */
export const fetchSettings = {
  /** How long one subgraph may take for one sub-request, in milliseconds. */
  KEPT_SUBGRAPH_TIMEOUT_MS: z.coerce
    .number('must be a number of milliseconds')
    .int('must be whole milliseconds')
    .min(100, 'must be at least 100')
    .max(25_000, 'must be at most 25000')
    .default(10_000),
  /** How many sub-requests may be with one subgraph at the same time. */
  KEPT_SUBGRAPH_IN_FLIGHT: z.coerce
    .number('must be a whole number')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(1_024, 'must be at most 1024')
    .default(128),
  /** The largest answer of a subgraph that is read, in bytes. */
  KEPT_SUBGRAPH_ANSWER_BYTES: z.coerce
    .number('must be a number of bytes')
    .int('must be whole bytes')
    .min(65_536, 'must be at least 65536')
    .max(67_108_864, 'must be at most 67108864')
    .default(8_388_608),
};

/** The settings in the words of the code. */
export const fetchLimitsOf = (settings: z.infer<z.ZodObject<typeof fetchSettings>>): FetchLimits => ({
  timeoutMs: settings.KEPT_SUBGRAPH_TIMEOUT_MS,
  inFlightMax: settings.KEPT_SUBGRAPH_IN_FLIGHT,
  answerBytesMax: settings.KEPT_SUBGRAPH_ANSWER_BYTES,
});
