import type { KeyObject } from 'node:crypto';
import type { Database, Transaction } from '@kept/database';
import type { Keyring } from '@kept/field-encryption';
import { refused, type Clock, type Logger, type RequestContext } from '@kept/subgraph-kit';
import { openLoaders, type Loaders } from './loaders.ts';

/** What this process has opened, for use cases, handlers and jobs alike. */
export interface Scheduling {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Logger;
  /** Signs quotes. */
  readonly signingKey: KeyObject;
  /** Wakes the reminder at its time; a hint, the row is the truth. */
  readonly wakeReminder: (reminder: { id: string; organizationId: string; dueAt: Date }) => void;
}

/** What a resolver or a use case of one request knows. */
export interface SchedulingContext extends RequestContext {
  readonly scheduling: Scheduling;
  readonly loaders: Loaders;
}

/** Builds the context of one request; loaders live exactly as long as it. */
export function contextFor(scheduling: Scheduling): (request: RequestContext) => SchedulingContext {
  return (request) => ({ ...request, scheduling, loaders: openLoaders(scheduling, request.caller) });
}

/** One transaction in the organization that the caller asks. */
export function inOrganization<T>(
  context: Pick<SchedulingContext, 'scheduling' | 'caller'>,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const { organizationId } = context.caller;
  if (organizationId === null) {
    throw refused.badInput('Please say which organization you ask: send the header kept-organization.');
  }
  return context.scheduling.database.transaction(organizationId, work);
}
