import type { Hints } from '@kept/database';
import type { Identity } from '../identity.ts';
import { changedNetworks, networksInForce } from '../network-rules/network-feed.ts';
import { isolationsInForce } from './isolation.ts';
import { readWithdrawals, type Cursor, type Withdrawal } from './withdrawals.ts';

/** The channel of the hints that the triggers of `0003-control.sql` give. */
export const CONTROL_CHANNEL = 'kept_control';

// Half a second keeps "refused within two seconds" even when every hint is lost; the query reads one index.
const POLL_MS = 500;
// A gateway that hears nothing for longer takes the connection for dead (gateway/src/control).
const HEARTBEAT_MS = 2_000;
const IDS_PER_LINE = 5_000;

interface State {
  readonly cursor: Cursor;
  readonly withdrawals: readonly Withdrawal[];
  /** All that are in force, as they are told: few, so they are told whole when one changes. */
  readonly isolations: string;
  /** By organization, one line each; only the one that changed is told again. */
  readonly networks: ReadonlyMap<string, string>;
}

/**
 * What a gateway is told, line by line (JSON): first the snapshot in one or more lines, the last of which says `complete`,
 * then what changes, and that there is nothing to tell at least every two seconds. Each reader has a place of its own in
 * the database's history, so any number of gateways may read from any number of processes. Fails when the database does:
 * the reader must not believe that nothing changes.
 */
export async function* controlFeed(
  { database, clock }: Pick<Identity, 'database' | 'clock'>,
  hints: Hints,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const look = (since?: Cursor): Promise<State> =>
    database.infrastructure('control feed', async (tx) => {
      const { cursor, withdrawals } = await readWithdrawals(tx, since);
      const isolations = JSON.stringify(await isolationsInForce(tx, clock()));
      return { cursor, withdrawals, isolations, networks: await networksInForce(tx, clock()) };
    });

  let state = await look();
  yield* inLines(state.withdrawals, 'snapshot');
  yield `{"type":"isolations","isolations":${state.isolations}}`;
  yield* state.networks.values();
  yield '{"type":"complete"}';
  let toldAt = performance.now();
  while (!signal.aborted) {
    await hints.wait(POLL_MS, signal);
    if (signal.aborted) return;
    const before = state;
    state = await look(before.cursor);
    const lines = [...inLines(state.withdrawals, 'withdrawn')];
    if (state.isolations !== before.isolations) {
      lines.push(`{"type":"isolations","isolations":${state.isolations}}`);
    }
    lines.push(...changedNetworks(before.networks, state.networks));
    if (lines.length === 0 && performance.now() - toldAt < HEARTBEAT_MS) continue;
    yield* lines.length > 0 ? lines : ['{"type":"alive"}'];
    toldAt = performance.now();
  }
}

function* inLines(withdrawals: readonly Withdrawal[], type: 'snapshot' | 'withdrawn'): Generator<string> {
  for (let at = 0; at < withdrawals.length; at += IDS_PER_LINE) {
    yield JSON.stringify({ type, withdrawals: withdrawals.slice(at, at + IDS_PER_LINE) });
  }
}
