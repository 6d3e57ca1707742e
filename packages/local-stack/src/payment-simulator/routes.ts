import type { FaultPlan } from './faults.ts';
import type { SimulatorState } from './simulator-state.ts';
import type { Event } from './wire-objects.ts';

export interface Call {
  /** The `:name` parts of the route, in order. */
  ids: string[];
  parameters: Record<string, unknown>;
  simulator: Simulator;
  requestId: string;
  idempotencyKey: string | null;
  /** Asked with a publishable key, as a browser or phone does: only with the secret of the one object. */
  publishable: boolean;
}

export interface Simulator {
  state: SimulatorState;
  faults: FaultPlan;
  /** Where a browser reaches the pages of the processor. */
  publicUrl(): string;
  /** Records an event of this type about an object and sends it to the webhook address after the answer. */
  announce(call: Call | null, type: Event['type'], object: object): void;
  /** Something the provider does by itself, a moment later (a refund that bounces, a dispute). */
  later(work: () => void): void;
}

export interface Route {
  method: 'GET' | 'POST';
  /** As in `/v1/payment_intents/:id/capture`. */
  path: string;
  answer(call: Call): object;
  withPublishableKey?: true;
}

export function findRoute<Found extends Pick<Route, 'method' | 'path'>>(
  routes: readonly Found[],
  method: string,
  path: string,
): { route: Found; ids: string[] } | undefined {
  const parts = path.split('/');
  for (const route of routes) {
    const pattern = route.path.split('/');
    if (route.method !== method || pattern.length !== parts.length) continue;
    const fits = pattern.every((piece, index) => piece.startsWith(':') || piece === parts[index]);
    if (!fits) continue;
    const ids = parts.filter((_, index) => pattern[index]?.startsWith(':') === true);
    return { route, ids: ids.map((id) => decodeURIComponent(id)) };
  }
  return undefined;
}
