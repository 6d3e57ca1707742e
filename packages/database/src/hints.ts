import { Client } from 'pg';
import { reasonOf, silentLog, type DatabaseLog } from './database-log.ts';

/** Wakes whoever polls as soon as another process says NOTIFY. Only hints: what is true is what the next poll finds. */
export interface Hints {
  /** Resolves at the next hint, after `withinMs` at the latest, and at once when the signal aborts. */
  wait(withinMs: number, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

// A lost connection costs nothing but promptness, so there is no hurry to make another.
const CONNECT_AGAIN_MS = 5_000;

/**
 * Listens on `channel`, over one connection of its own that is opened by the first wait. LISTEN belongs to a session, so
 * `url` must lead past any pooler (`database.directUrl`).
 */
export function openHints(options: { url: string; channel: string; log?: DatabaseLog }): Hints {
  const { url, channel, log = silentLog } = options;
  if (!/^[a-z_]{1,40}$/.test(channel)) throw new TypeError(`"${channel}" is no name of a channel.`);
  const waiting = new Set<() => void>();
  let client: Client | undefined;
  let connectAfter = -Infinity;
  let stopped = false;

  const lose = (lost: Client, error?: unknown) => {
    if (client !== lost) return;
    client = undefined;
    connectAfter = performance.now() + CONNECT_AGAIN_MS;
    lost.end().catch(() => undefined);
    if (error) log.warn({ reason: reasonOf(error), channel }, 'Hints are not heard; polling goes on.');
  };
  const connect = () => {
    if (client || stopped || performance.now() < connectAfter) return;
    const opened = new Client({ connectionString: url, application_name: `kept hints ${channel}` });
    client = opened;
    opened.on('notification', () => waiting.forEach((wake) => wake()));
    opened.on('error', (error) => lose(opened, error));
    opened.on('end', () => lose(opened));
    opened
      .connect()
      .then(() => opened.query(`LISTEN ${channel}`))
      .catch((error: unknown) => lose(opened, error));
  };

  return {
    wait(withinMs, signal) {
      connect();
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, withinMs);
        waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    },
    async stop() {
      stopped = true;
      waiting.forEach((wake) => wake());
      const open = client;
      client = undefined;
      await open?.end().catch(() => undefined);
    },
  };
}
