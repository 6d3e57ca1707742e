import type { Transaction } from '@kept/database';
import type { EventName, EventPayload } from './catalogue.ts';
import type { ServiceName } from './services.ts';

/** An event as its handler gets it: genuine, in the catalogue's form, and claimed in this transaction. */
export interface ReceivedEvent<Name extends EventName> {
  readonly id: string;
  readonly name: Name;
  readonly organizationId: string;
  readonly publisher: ServiceName;
  /** When it was published, by the publisher's database. */
  readonly occurredAt: Date;
  /** Now, by this service's clock: the time a handler works with. */
  readonly receivedAt: Date;
  readonly payload: EventPayload<Name>;
}

/**
 * Does what an event asks for, in the transaction that claims it: all or nothing, once. The organization is set. Events may
 * come late and out of order: compare versions and states, never assume the one before.
 */
export type EventHandler<Name extends EventName> = (
  tx: Transaction,
  event: ReceivedEvent<Name>,
) => Promise<void>;

/** Says that a service has nothing to do about an event, and that it may be acknowledged. */
export const notNeeded = (): Promise<void> => Promise.resolve();

export type EventHandlers = { readonly [Name in EventName]?: EventHandler<Name> };
