import {
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { Logger } from '../log.ts';
import { readTraceparent, type SpanAttributes, type TraceSpan, type Tracing } from './trace-span.ts';

const EXPORT_TIMEOUT_MS = 10_000;

/**
 * Sends this process's spans to a collector over OTLP/HTTP. OpenTelemetry's packages are loaded only now, and nothing is
 * registered globally: what libraries would say of themselves (Apollo's gateway: whole operations) is not sent. Sampling
 * and headers are set as OpenTelemetry documents them (`OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`). A collector
 * that is away costs a bounded memory and the spans, nothing else.
 */
export async function openTracing(options: {
  service: string;
  /** As in `OTEL_EXPORTER_OTLP_ENDPOINT`: the base; `/v1/traces` is added. */
  endpoint: string;
  log: Logger;
}): Promise<Tracing> {
  const { service, endpoint, log } = options;
  const [{ BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `kept-${service}` }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1_000 })],
  });
  const tracer = provider.getTracer('kept');
  return {
    begin(name, { traceparent, attributes } = {}) {
      const parent = readTraceparent(traceparent);
      const context = parent
        ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true })
        : ROOT_CONTEXT;
      return beginSpan(tracer, { name, context, attributes });
    },
    async stop() {
      await provider.shutdown().catch((error: unknown) => {
        log.warn({ err: error }, 'the last spans could not be sent');
      });
    },
  };
}

interface Beginning {
  readonly name: string;
  readonly context: Context;
  readonly attributes?: SpanAttributes | undefined;
}

function beginSpan(tracer: Tracer, { name, context, attributes }: Beginning): TraceSpan {
  const span: Span = tracer.startSpan(name, { attributes: { ...attributes } }, context);
  const { traceId, spanId, traceFlags } = span.spanContext();
  const below = trace.setSpan(context, span);
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    child: (childName, more) => beginSpan(tracer, { name: childName, context: below, attributes: more }),
    set: (more) => void span.setAttributes({ ...more }),
    failed: () => void span.setStatus({ code: SpanStatusCode.ERROR }),
    end: () => span.end(),
  };
}
