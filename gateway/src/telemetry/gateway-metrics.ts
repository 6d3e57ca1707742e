import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { OnDenied } from '../authorize/denials.ts';
import type { Control } from '../control/open-control.ts';
import type { BreakerState } from '../fetch/breaker.ts';
import type { FetchObserver, SubgraphLine } from '../fetch/subgraph-line.ts';
import { cacheLooks } from './cache-looks.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
const COSTS = [1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
const BREAKER: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

export interface GatewayMetrics {
  readonly registry: Registry;
  readonly observer: FetchObserver;
  readonly onDenied: OnDenied;
  operation(how: { outcome: string; kind: string; seconds: number }): void;
  cost(cost: number): void;
  /** Reads the lines' states whenever somebody looks. */
  watch(lines: ReadonlyMap<string, SubgraphLine>): void;
  /** Likewise for how long nothing was heard of who has lost access. */
  watchControl(control: Pick<Control, 'staleSeconds'>): void;
}

/**
 * The gateway's figures. Labels are few by construction: codes of our catalogue, subgraphs, coordinates of the schema;
 * never a person, an organization, an operation's name or anything else that a caller chooses.
 */
export function openGatewayMetrics(options: { executor: string }): GatewayMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: 'gateway' });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const operations = new Histogram({
    name: 'kept_gateway_operation_seconds',
    help: 'From the first byte of a request to its answer, by outcome (a code, or ANSWERED), kind and executor.',
    labelNames: ['outcome', 'kind', 'executor'] as const,
    buckets: SECONDS,
    registers,
  });
  const requests = new Histogram({
    name: 'kept_gateway_subgraph_request_seconds',
    help: 'One sub-request, waiting included, by subgraph and outcome.',
    labelNames: ['subgraph', 'outcome'] as const,
    buckets: SECONDS,
    registers,
  });
  const retries = new Counter({
    name: 'kept_gateway_subgraph_retries_total',
    help: 'Sub-requests that were sent a second time.',
    labelNames: ['subgraph'] as const,
    registers,
  });
  const denied = new Counter({
    name: 'kept_gateway_denied_total',
    help: 'What was withheld, by coordinate of the schema and reason.',
    labelNames: ['coordinate', 'reason', 'enforced'] as const,
    registers,
  });
  const costs = new Histogram({
    name: 'kept_gateway_operation_cost',
    help: 'The cost of operations that were weighed, in points.',
    buckets: COSTS,
    registers,
  });
  countCaches(registers);
  return {
    registry,
    observer: {
      ended(subgraph, { outcome, seconds, retried }) {
        requests.observe({ subgraph, outcome }, seconds);
        if (retried) retries.inc({ subgraph });
      },
      breakerTurned: () => undefined,
    },
    // Coordinates come from the access map of the supergraph, so there are as many as it has fields.
    onDenied({ coordinates, reason, enforced }) {
      for (const coordinate of coordinates) denied.inc({ coordinate, reason, enforced: String(enforced) });
    },
    operation: ({ outcome, kind, seconds }) =>
      operations.observe({ outcome, kind, executor: options.executor }, seconds),
    cost: (cost) => costs.observe(cost),
    watch: (lines) => watchLines(lines, registers),
    watchControl: (control) => watchControl(control, registers),
  };
}

function watchLines(lines: ReadonlyMap<string, SubgraphLine>, registers: Registry[]): void {
  const gauge = (name: string, help: string, valueOf: (line: SubgraphLine) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['subgraph'] as const,
      registers,
      collect() {
        for (const line of lines.values()) this.set({ subgraph: line.service }, valueOf(line));
      },
    });
  gauge('kept_gateway_breaker_state', '0 closed, 1 half-open, 2 open.', ({ breaker }) => BREAKER[breaker]);
  gauge(
    'kept_gateway_subgraph_in_flight',
    'Sub-requests that are with a subgraph.',
    ({ inFlight }) => inFlight,
  );
  gauge('kept_gateway_subgraph_waiting', 'Sub-requests that wait for a place.', ({ waiting }) => waiting);
}

function watchControl(control: Pick<Control, 'staleSeconds'>, registers: Registry[]): void {
  const gauge = new Gauge({
    name: 'kept_gateway_control_stale_seconds',
    help: 'Since identity last said who has lost access; below three when all is well, +Inf when it never has.',
    registers,
    collect() {
      this.set(control.staleSeconds());
    },
  });
  // Made to be collected; nobody sets it directly.
  void gauge;
}

function countCaches(registers: Registry[]): void {
  const counter = new Counter({
    name: 'kept_gateway_cache_looks_total',
    help: 'Looks into what is worked out once, by cache and result.',
    labelNames: ['cache', 'result'] as const,
    registers,
    collect() {
      this.reset();
      for (const [cache, { hit, miss }] of Object.entries(cacheLooks())) {
        this.inc({ cache, result: 'hit' }, hit);
        this.inc({ cache, result: 'miss' }, miss);
      }
    },
  });
  // Made to be collected; nobody counts with it directly.
  void counter;
}
