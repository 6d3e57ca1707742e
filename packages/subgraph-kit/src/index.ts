export { startListening, stopListening } from './listening.ts';
export { openBatchLoader } from './batch-loader.ts';
export { openClock } from './clock.ts';
export type { Clock } from './clock.ts';
export { DEADLINE_HEADER, readDeadline } from './deadline.ts';
export {
  ConfigurationError,
  checkServiceSettings,
  readConfig,
  serviceSettings,
  setting,
  withSecretFiles,
} from './config.ts';
export { FAULT_CODES, Fault, invariant, refused } from './fault.ts';
export type { FaultCode } from './fault.ts';
export { json, listen } from './http-server.ts';
export type { HttpAnswer, HttpRequest, Route } from './http-server.ts';
export { openLog } from './log.ts';
export type { Logger } from './log.ts';
export { openMetrics } from './metrics.ts';
export type { Figure } from './metrics.ts';
export { METRICS_PATH, openMetricsPage } from './metrics-page.ts';
export { checkEncryption, createListener, isEncrypted, tlsOf, tlsSettings } from './tls.ts';
export type { TlsFiles } from './tls.ts';
export { readSdl } from './read-sdl.ts';
export type { LinesAnswer } from './stream-lines.ts';
export { openLifetime, runService } from './run-service.ts';
export type { Lifetime } from './run-service.ts';
export { openTracing } from './tracing/open-tracing.ts';
export { processTracing } from './tracing/process-tracing.ts';
export { TRACE_HEADER, readTraceparent } from './tracing/trace-span.ts';
export type { SpanAttributes, TraceSpan, Tracing } from './tracing/trace-span.ts';
export { requireRecentSecondFactor, requireStepUp } from './step-up.ts';
export type { StepUpDemand } from './step-up.ts';
export { healthRoutes, openSubgraph, startSubgraph } from './start-subgraph.ts';
export type { RequestContext, SubgraphOptions } from './start-subgraph.ts';
