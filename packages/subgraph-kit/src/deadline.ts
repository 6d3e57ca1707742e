/**
 * How many milliseconds whoever asks will still wait. It is not signed: whoever could change it on the way could as
 * well drop the request, and a subgraph bounds it by its own limit.
 */
export const DEADLINE_HEADER = 'kept-deadline-ms';

/** A subgraph never works longer on one request than this, whatever it is told. Its HTTP server ends at 30 s. */
export const DEADLINE_MS_MAX = 25_000;

/** Reads the header: the milliseconds that are left, at most `DEADLINE_MS_MAX`, which also stands for what is no number. */
export function readDeadline(header: string | string[] | undefined): number {
  const milliseconds = typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : Infinity;
  return Math.min(milliseconds, DEADLINE_MS_MAX);
}
