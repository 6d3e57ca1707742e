import { Gauge, type Registry } from 'prom-client';
import type { Live } from './open-live.ts';

/** Shows how many live queries are open, whenever somebody looks. */
export function watchLive(live: Pick<Live, 'streams'>, registry: Registry): void {
  const gauge = new Gauge({
    name: 'kept_gateway_live_queries',
    help: 'Live queries that are open.',
    registers: [registry],
    collect() {
      this.set(live.streams);
    },
  });
  // Made to be collected; nobody sets it directly.
  void gauge;
}
