import type { Database } from '@kept/database';

/** One event for one consumer, taken to be sent now. */
export interface Delivery {
  id: string;
  organizationId: string;
  name: string;
  version: number;
  payload: Record<string, unknown>;
  occurredAt: Date;
  requestId: string | null;
  consumer: string;
  attempts: number;
}

// Waits grow from delivery to delivery, so that a consumer that cannot handle an event is not asked every half minute for days.
const REDELIVER_MOST_SECONDS = 3_600;

// Taking is a lease: the row is due again later unless an acknowledgement comes. SKIP LOCKED: any number of relays may run.
const TAKE = `
  WITH due AS (
    SELECT event_id, consumer FROM outbox_delivery
    WHERE acknowledged_at IS NULL AND due_at <= now()
    ORDER BY due_at, position LIMIT $1
    FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE outbox_delivery d
    SET attempts = d.attempts + 1,
        due_at = now() + make_interval(secs => least($2::float8 * power(2, least(d.attempts, 20)), $3::float8))
    FROM due WHERE d.event_id = due.event_id AND d.consumer = due.consumer
    RETURNING d.event_id, d.consumer, d.attempts, d.position
  )
  SELECT o.id, o.organization_id AS "organizationId", o.name, o.version, o.payload, o.occurred_at AS "occurredAt",
    o.request_id AS "requestId",
    t.consumer, t.attempts
  FROM taken t JOIN outbox o ON o.id = t.event_id ORDER BY t.position`;

/** Takes what is due, oldest first. */
export function takeDue(
  database: Database,
  { batch, redeliverAfterMs }: { batch: number; redeliverAfterMs: number },
): Promise<Delivery[]> {
  return database.infrastructure('relay', (tx) =>
    tx.query<Delivery>(TAKE, [batch, redeliverAfterMs / 1_000, REDELIVER_MOST_SECONDS]),
  );
}

/** Gives back what could not be put into a queue; the attempt did not happen. */
export async function giveBack(
  database: Database,
  deliveries: readonly Delivery[],
  seconds: number,
): Promise<void> {
  await database.infrastructure('relay', (tx) =>
    tx.query(
      `UPDATE outbox_delivery d SET attempts = greatest(d.attempts - 1, 0), due_at = now() + make_interval(secs => $3::float8)
       FROM unnest($1::uuid[], $2::text[]) AS back (event_id, consumer)
       WHERE d.event_id = back.event_id AND d.consumer = back.consumer AND d.acknowledged_at IS NULL`,
      [deliveries.map(({ id }) => id), deliveries.map(({ consumer }) => consumer), seconds],
    ),
  );
}

/** Notes that a consumer is done; answers how many deliveries that ends. Repeating it changes nothing. */
export async function acknowledge(
  database: Database,
  { consumer, eventIds }: { consumer: string; eventIds: readonly string[] },
): Promise<number> {
  const ended = await database.infrastructure('acknowledge', (tx) =>
    tx.query(
      `UPDATE outbox_delivery SET acknowledged_at = now()
       WHERE event_id = ANY($1::uuid[]) AND consumer = $2 AND acknowledged_at IS NULL RETURNING event_id`,
      [eventIds, consumer],
    ),
  );
  return ended.length;
}

export interface OutboxBacklog {
  /** Deliveries nobody has acknowledged. */
  waiting: number;
  /** How long the oldest of them has waited. */
  oldestSeconds: number;
}

/** What has not arrived yet, for /metrics and for people. */
export async function outboxBacklog(database: Database): Promise<OutboxBacklog> {
  const [row] = await database.infrastructure('outbox backlog', (tx) =>
    tx.query<OutboxBacklog>(
      `SELECT count(*)::int AS waiting, coalesce(extract(epoch FROM now() - min(o.occurred_at)), 0)::float8 AS "oldestSeconds"
       FROM outbox_delivery d JOIN outbox o ON o.id = d.event_id WHERE d.acknowledged_at IS NULL`,
    ),
  );
  return row ?? { waiting: 0, oldestSeconds: 0 };
}

/** Deletes events everybody has acknowledged, a batch at a time; answers how many. */
export async function deleteDelivered(
  database: Database,
  { keepDays, batch }: { keepDays: number; batch: number },
): Promise<number> {
  const gone = await database.infrastructure('tidy outbox', (tx) =>
    tx.query(
      `DELETE FROM outbox WHERE id IN (
         SELECT id FROM outbox o WHERE o.occurred_at < now() - make_interval(days => $1)
           AND NOT EXISTS (SELECT FROM outbox_delivery d WHERE d.event_id = o.id AND d.acknowledged_at IS NULL)
         ORDER BY o.occurred_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [keepDays, batch],
    ),
  );
  return gone.length;
}
