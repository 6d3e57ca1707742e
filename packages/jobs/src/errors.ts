/** The queue did not answer in time. Whether the work was enqueued is unknown: a row and a sweeper must decide. */
export class CarrierUnavailable extends Error {
  override readonly name = 'CarrierUnavailable';
}

/** A handler took longer than its job allows. */
export class JobTimedOut extends Error {
  override readonly name = 'JobTimedOut';
}

/** The service stops; the job goes back into its queue and has lost no attempt. */
export class ServiceStopping extends Error {
  override readonly name = 'ServiceStopping';
}

/** Throw this from a handler when trying again cannot help: the job is given up at once. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp';
}

export interface DescribedError {
  name: string;
  code?: string;
  constraint?: string;
  sentence?: string;
  at?: string[];
}

const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * What of an error may be written down. Messages of PostgreSQL quote values ("invalid input syntax for …", "Key (email)=…")
 * and TypeORM's errors carry the parameters, so of those only the code and the name of the constraint remain.
 */
export function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  const fromDatabase = (typeof code === 'string' && SQLSTATE.test(code)) || 'query' in error;
  return {
    name: error.name,
    ...(typeof code === 'string' && { code }),
    ...(typeof constraint === 'string' && { constraint }),
    ...(!fromDatabase && { sentence: error.message }),
    at: framesOf(error),
  };
}

// The stack's head repeats the message; its frames are only places in the code.
function framesOf(error: Error): string[] {
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith('at ')).slice(0, 5);
}
