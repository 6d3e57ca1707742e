/**
 * Everything that a span of ours may say. Names of schema and services, codes, counts, hashes, request ids: never a text
 * of an operation, a variable, an address of a person or a person's id. A new attribute is added here, or it does not
 * compile.
 */
export interface SpanAttributes {
  'kept.request_id'?: string;
  'kept.operation.hash'?: string;
  /** Only of trusted documents: a name that anybody may send could hold anything. */
  'kept.operation.name'?: string;
  'kept.operation.kind'?: string;
  'kept.operation.cost'?: number;
  'kept.executor'?: string;
  'kept.code'?: string;
  'kept.denied'?: number;
  'kept.subgraph'?: string;
  'kept.outcome'?: string;
  'kept.retried'?: boolean;
  'http.response.status_code'?: number;
}

/** A piece of work with a beginning and an end. */
export interface TraceSpan {
  /** W3C Trace Context: what is sent to whoever does a part of this work. */
  readonly traceparent: string;
  child(name: string, attributes?: SpanAttributes): TraceSpan;
  set(attributes: SpanAttributes): void;
  /** It went wrong on our side. */
  failed(): void;
  end(): void;
}

export interface Tracing {
  /** Begins a trace, or goes on with the one that `traceparent` names. */
  begin(
    name: string,
    more?: { traceparent?: string | string[] | undefined; attributes?: SpanAttributes | undefined },
  ): TraceSpan;
  stop(): Promise<void>;
}

/** The header of W3C Trace Context (https://www.w3.org/TR/trace-context/, version 00). */
export const TRACE_HEADER = 'traceparent';

interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** Reads a `traceparent`. Undefined when it is none; an all-zero id is none. */
export function readTraceparent(header: string | string[] | undefined): TraceParent | undefined {
  if (typeof header !== 'string') return undefined;
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(header) ?? [];
  if (!traceId || !spanId || !flags || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}
