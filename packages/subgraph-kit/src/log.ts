import { currentRequest } from '@kept/request-scope';
import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

// What must never be written down even when somebody logs a whole object by mistake. Declared personal
// fields never reach a log call in the first place; this is the second wall.
const NEVER = [
  'authorization',
  'cookie',
  'password',
  'code',
  'token',
  'accessToken',
  'refreshToken',
  'secret',
].concat(['email', 'phone', 'displayName', 'notes', 'quote', 'deviceToken', 'variables', 'query', 'body']);

/** A structured log of one service on standard output. Lines carry ids, codes and durations; never a person's data. */
export function openLog(options: { service: string; level?: string }): Logger {
  return pino({
    base: { service: options.service },
    level: options.level ?? 'info',
    // Every line that is written for a request names it, whoever writes it.
    mixin: () => {
      const request = currentRequest();
      return request ? { requestId: request.requestId } : {};
    },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: NEVER.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[withheld]' },
    serializers: { err: describeError },
  });
}

// Database drivers put whole rows into `detail` and parameters into `query`: name, message and place are enough.
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const constraint =
    'constraint' in error && typeof error.constraint === 'string' ? error.constraint : undefined;
  const detail = 'detail' in error && error.name === 'Fault' ? error.detail : undefined;
  return {
    type: error.name,
    message: code?.length === 5 ? `database error ${code}` : error.message,
    ...(code && { code }),
    ...(constraint && { constraint }),
    ...(detail !== undefined && { detail }),
    stack: error.stack
      ?.split('\n')
      .filter((line) => line.startsWith('    at '))
      .slice(0, 12),
    ...(error.cause instanceof Error && { cause: describeError(error.cause) }),
  };
}
