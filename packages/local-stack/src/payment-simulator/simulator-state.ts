import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type {
  BalanceTransaction,
  Charge,
  CheckoutSession,
  Customer,
  Dispute,
  Event,
  PaymentIntent,
  PaymentMethod,
  Payout,
  Refund,
  SetupIntent,
} from './wire-objects.ts';

/** Enough to answer "what happened lately"; the state file must not grow for ever. */
const EVENTS_MAX = 5_000;
/** Stripe may forget an idempotency key after 24 hours, so nobody may rely on longer. */
const IDEMPOTENCY_SECONDS = 24 * 3600;

export interface SavedAnswer {
  fingerprint: string;
  status: number;
  body: unknown;
  savedAt: number;
}

export interface Tables {
  customers: Record<string, Customer>;
  paymentMethods: Record<string, PaymentMethod & { testCard: string; setUp?: true }>;
  paymentIntents: Record<string, PaymentIntent>;
  setupIntents: Record<string, SetupIntent>;
  charges: Record<string, Charge>;
  refunds: Record<string, Refund>;
  disputes: Record<string, Dispute>;
  balanceTransactions: Record<string, BalanceTransaction>;
  payouts: Record<string, Payout>;
  /** Which lines of the account each automatic payout took to the bank. */
  payoutLines: Record<string, string[]>;
  /** With what an intent of the session is made once the payer has come. */
  sessions: Record<string, CheckoutSession & { intentData: SessionIntentData }>;
  events: Event[];
  answers: Record<string, SavedAnswer>;
}

export interface SessionIntentData {
  captureMethod: 'automatic' | 'manual';
  metadata: Record<string, string>;
  title: string;
}

export interface SimulatorState {
  tables: Tables;
  now(): number;
  save(): void;
  flush(): void;
}

const emptyTables = (): Tables => ({
  customers: {},
  paymentMethods: {},
  paymentIntents: {},
  setupIntents: {},
  charges: {},
  refunds: {},
  disputes: {},
  balanceTransactions: {},
  payouts: {},
  payoutLines: {},
  sessions: {},
  events: [],
  answers: {},
});

export function newId(prefix: string): string {
  // Letters only: no reference may ever be mistaken for a card number.
  const letters = [...randomBytes(24)].map((byte) => String.fromCodePoint(97 + (byte % 26)));
  return `${prefix}_${letters.join('')}`;
}

/** The simulator's memory; with a file it survives a restart, so that `npm start` again keeps its payments. */
export function openState(options: { stateFile?: string; clock: () => Date }): SimulatorState {
  const { stateFile, clock } = options;
  const tables =
    stateFile !== undefined && existsSync(stateFile)
      ? { ...emptyTables(), ...(JSON.parse(readFileSync(stateFile, 'utf8')) as Partial<Tables>) }
      : emptyTables();
  const now = () => Math.floor(clock().getTime() / 1000);
  let waiting: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(waiting);
    waiting = undefined;
    if (stateFile === undefined) return;
    tables.events.splice(0, Math.max(0, tables.events.length - EVENTS_MAX));
    for (const [key, answer] of Object.entries(tables.answers)) {
      if (answer.savedAt < now() - IDEMPOTENCY_SECONDS) delete tables.answers[key];
    }
    // Renaming is atomic: a reader, or a crash, sees the old file or the new one.
    writeFileSync(`${stateFile}.new`, JSON.stringify(tables), { mode: 0o600 });
    renameSync(`${stateFile}.new`, stateFile);
  };
  return { tables, now, flush, save: () => (waiting ??= setTimeout(flush, 25)) };
}
