import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** One more figure of a service: something that is counted. The name begins with `kept_` and ends with `_total`. */
export interface Figure {
  readonly name: string;
  readonly help: string;
  /** How many since the start. */
  readonly value: () => number;
}

/** A process's figures: durations by outcome, and what Node says of itself. Never a person's or an organization's id as a label. */
export function openMetrics(service: string, figures: readonly Figure[] = []) {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const operations = new Histogram({
    name: 'kept_operation_seconds',
    help: 'Duration of GraphQL operations by outcome, in seconds.',
    labelNames: ['outcome'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  });
  for (const { name, help, value } of figures) {
    const counter = new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(value());
      },
    });
    // Made to be collected; nobody counts with it directly.
    void counter;
  }
  return { registry, operations };
}
