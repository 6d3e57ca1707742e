import type { Database } from '@kept/database';
import type { EventName, EventPayload } from '@kept/events';

export interface SentEvent<Name extends EventName = EventName> {
  name: Name;
  payload: EventPayload<Name>;
}

/** What an organization's scheduling has told the others, in order. */
export async function eventsIn(database: Database, organizationId: string): Promise<SentEvent[]> {
  return database.infrastructure('test reads outbox', (tx) =>
    tx.query<SentEvent>(
      'SELECT name, payload FROM outbox WHERE organization_id = $1 ORDER BY occurred_at, ctid',
      [organizationId],
    ),
  );
}

/** Those of one name. */
export async function eventsOf<Name extends EventName>(
  database: Database,
  organizationId: string,
  name: Name,
): Promise<EventPayload<Name>[]> {
  const events = await eventsIn(database, organizationId);
  return events.filter((event) => event.name === name).map((event) => event.payload as EventPayload<Name>);
}
