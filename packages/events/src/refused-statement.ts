import { GiveUp, type Log } from '@kept/jobs';
import { StatementRefused } from './statement.ts';

/**
 * A forged or broken statement is a security event and no reason to try again; nothing in it is believed, not even its id.
 * Any other error passes through.
 */
export function refusedStatement(
  error: unknown,
  { what, from, log }: { what: string; from: unknown; log: Log },
): unknown {
  if (!(error instanceof StatementRefused)) return error;
  const claimed = typeof from === 'string' ? from.slice(0, 40) : 'nobody';
  log.error(
    { what, claimed, reason: error.message },
    'A statement in the queue was refused; somebody may be forging.',
  );
  return new GiveUp(error.message);
}
