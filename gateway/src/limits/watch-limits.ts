import { Counter, type Registry } from 'prom-client';
import type { LimitName } from './rates.ts';

/** Counts refusals by limit: whoever runs the gateway sees which one is met, and whether it is overload. */
export function watchLimits(registry: Registry): (limit: LimitName) => void {
  const refused = new Counter({
    name: 'kept_gateway_limit_refused_total',
    help: 'Requests that a limit refused, by limit; "in flight" and "event loop" are overload of this process.',
    labelNames: ['limit'] as const,
    registers: [registry],
  });
  return (limit) => refused.inc({ limit });
}
