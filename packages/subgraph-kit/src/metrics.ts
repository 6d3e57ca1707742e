import { Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** A process's figures: durations by outcome, and what Node says of itself. Never a person's or an organization's id as a label. */
export function openMetrics(service: string) {
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
  return { registry, operations };
}
