import { readTraceEndpoint } from './config.ts';
import type { Logger } from './log.ts';
import { startProcessTracing } from './tracing/process-tracing.ts';

// Less than the 30 seconds that orchestrators grant by default, so that we end ourselves.
const DRAIN_MS = 20_000;

/** What a process has opened, closed again in the reverse order. */
export interface Lifetime {
  onStop(name: string, stop: () => Promise<void> | void): void;
}

/** A lifetime that its owner ends: `stop()` closes everything once, last opened first, and goes on after a failure. */
export function openLifetime(log: Logger): Lifetime & { stop(): Promise<void> } {
  const stops: { name: string; stop: () => Promise<void> | void }[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async () => {
    for (const { name, stop } of stops.toReversed()) {
      try {
        await stop();
      } catch (error) {
        log.error({ err: error, part: name }, 'could not be stopped cleanly');
      }
    }
  };
  return {
    onStop: (name, stop) => void stops.push({ name, stop }),
    stop: () => (stopping ??= stopAll()),
  };
}

/**
 * Runs a process until it is told to stop: starts, drains on SIGTERM and SIGINT, and says in one sentence why it
 * could not start or go on. Exit codes: 0 stopped as asked, 1 broken.
 */
export async function runService(options: {
  service: string;
  log: Logger;
  start: (lifetime: Lifetime) => Promise<void>;
}): Promise<void> {
  const { service, log, start } = options;
  const lifetime = openLifetime(log);
  const end = async (code: number) => {
    // A drain that hangs must not keep the process alive for ever.
    setTimeout(() => process.exit(code || 1), DRAIN_MS).unref();
    await lifetime.stop();
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'stopping');
      void end(0);
    });
  }
  // The launcher's end of the pipe closes when it is killed: nobody is left to stop us, so we stop.
  if (process.send) process.on('disconnect', () => void end(0));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      log.error({ err: error }, `${service} met an error that nobody handled and stops`);
      void end(1);
    });
  }
  try {
    const tracing = await startProcessTracing({ service, endpoint: readTraceEndpoint(), log });
    // Opened first and so stopped last: the spans of what drains are sent.
    if (tracing) lifetime.onStop('tracing', () => tracing.stop());
    await start(lifetime);
    log.info('ready');
    process.send?.({ ready: service });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${service} cannot start: ${reason}\n`);
    log.error({ err: error }, 'could not start');
    await end(1);
  }
}
