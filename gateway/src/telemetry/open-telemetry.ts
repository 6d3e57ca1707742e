import type { IncomingHttpHeaders } from 'node:http';
import type { Registry } from 'prom-client';
import {
  METRICS_PATH,
  openMetricsPage,
  TRACE_HEADER,
  type TraceSpan,
  type Tracing,
} from '@kept/subgraph-kit';
import type { OnDenied } from '../authorize/denials.ts';
import type { Control } from '../control/open-control.ts';
import type { Page } from '../edge/open-edge.ts';
import type { FetchObserver, SubgraphLine } from '../fetch/subgraph-line.ts';
import type { PreparedOperation } from '../operations/prepared-operation.ts';
import { openGatewayMetrics } from './gateway-metrics.ts';

export interface TelemetryOptions {
  readonly executor: string;
  readonly metricsToken?: string | undefined;
  readonly tracing?: Tracing | undefined;
  /** Whether a client's own trace is gone on with. */
  readonly trustTraceparent?: boolean | undefined;
}

/** One operation, watched from its first byte to its answer. */
export interface OperationWatch {
  /** What its sub-requests are children of; undefined when nobody traces. */
  readonly span: TraceSpan | undefined;
  /** Its document is known. A name is told only of a trusted one: anybody can put anything into another. */
  admitted(what: { prepared: PreparedOperation; trusted: boolean; cost: number }): void;
  ended(how: { status: number; code: string | undefined }): void;
}

/** What the gateway shows of itself: figures for whoever holds the token, traces for the collector that was set. */
export interface Telemetry {
  readonly observer: FetchObserver;
  readonly onDenied: OnDenied;
  readonly pages: readonly Page[];
  /** Where every part registers its own figures. */
  readonly registry: Registry;
  watch(lines: ReadonlyMap<string, SubgraphLine>): void;
  watchControl(control: Pick<Control, 'staleSeconds'>): void;
  begin(requestId: string, headers: IncomingHttpHeaders): OperationWatch;
}

/** Opens both. Nothing is listened to and nothing is sent unless it was set; counting costs a few additions. */
export function openTelemetry(options: TelemetryOptions): Telemetry {
  const { executor, metricsToken, tracing, trustTraceparent = false } = options;
  const metrics = openGatewayMetrics({ executor });
  const page = metricsToken === undefined ? undefined : openMetricsPage(metrics.registry, metricsToken);
  return {
    observer: metrics.observer,
    onDenied(denied) {
      metrics.onDenied(denied);
      denied.context.span?.set({ 'kept.denied': denied.coordinates.length });
    },
    pages: page ? [{ path: METRICS_PATH, answer: page }] : [],
    registry: metrics.registry,
    watch: metrics.watch,
    watchControl: metrics.watchControl,
    begin(requestId, headers) {
      const startedAt = performance.now();
      const span = tracing?.begin('operation', {
        traceparent: trustTraceparent ? headers[TRACE_HEADER] : undefined,
        attributes: { 'kept.request_id': requestId, 'kept.executor': executor },
      });
      let kind = 'none';
      return {
        span,
        admitted({ prepared, trusted, cost }) {
          ({ kind } = prepared);
          metrics.cost(cost);
          span?.set({
            'kept.operation.hash': prepared.hash,
            'kept.operation.kind': kind,
            'kept.operation.cost': cost,
            ...(trusted && prepared.name !== null && { 'kept.operation.name': prepared.name }),
          });
        },
        ended({ status, code }) {
          const seconds = (performance.now() - startedAt) / 1_000;
          metrics.operation({ outcome: code ?? 'ANSWERED', kind, seconds });
          span?.set({
            'http.response.status_code': status,
            ...(code !== undefined && { 'kept.code': code }),
          });
          if (status >= 500) span?.failed();
          span?.end();
        },
      };
    },
  };
}
