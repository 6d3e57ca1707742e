import { isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql';
import { Fault } from './fault.ts';

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

/** Nobody waits for this work any more. */
const tooLate = () =>
  new Fault(
    'SUBGRAPH_UNAVAILABLE',
    'A part of the service took too long to answer. Please try again in a moment.',
  );

export interface Deadline {
  /** When the time is up, in milliseconds of `performance.now()`. */
  readonly endsAt: number;
  /** Aborts when the time is up or whoever asked has gone. */
  readonly signal: AbortSignal;
  /** The result, or a `Fault` as soon as the time is up: what still runs is left behind and starts nothing new. */
  within<T>(work: Promise<T>): Promise<T>;
  /** Ends the clock. */
  close(): void;
}

/** Starts the clock of one request. `onGone` calls back when whoever asked has hung up. */
export function openDeadline(
  milliseconds: number,
  onGone: (listener: () => void) => void = () => undefined,
): Deadline {
  const control = new AbortController();
  const { signal } = control;
  const end = () => control.abort(tooLate());
  const timer = setTimeout(end, milliseconds);
  onGone(end);
  return {
    endsAt: performance.now() + milliseconds,
    signal,
    within: (work) =>
      new Promise((resolve, reject) => {
        const giveUp = () => reject(signal.reason as Fault);
        signal.addEventListener('abort', giveUp, { once: true });
        work.then(resolve, reject);
        if (signal.aborted) giveUp();
      }),
    close: () => clearTimeout(timer),
  };
}

/**
 * Lets no field of a root type begin once the request's signal has aborted: the second mutation of an operation is not
 * done for somebody who has been told that it failed. What is below is stopped by the guards (start-subgraph.ts).
 */
export function stopAtDeadline(
  schema: GraphQLSchema,
  signalOf: (context: unknown) => AbortSignal | undefined,
): GraphQLSchema {
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) watchField(field, signalOf);
  }
  return schema;
}

function watchField(
  field: GraphQLField<unknown, unknown>,
  signalOf: (context: unknown) => AbortSignal | undefined,
): void {
  const { resolve } = field;
  if (!resolve) return;
  // oxlint-disable-next-line max-params -- the signature is graphql-js's
  field.resolve = (parent, argumentsGiven, context, info) => {
    signalOf(context)?.throwIfAborted();
    return resolve(parent, argumentsGiven, context, info);
  };
}
