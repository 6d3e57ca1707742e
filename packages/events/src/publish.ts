import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { catalogue, type EventName, type EventPayload } from './catalogue.ts';
import { nudgeRelay } from './nudge.ts';

// One statement, so that no event is ever without its deliveries; in the order in which things happened.
const WRITE = `
  WITH said AS (
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::int[], $5::jsonb[]) WITH ORDINALITY AS s (id, name, version, payload, place)
  ), event AS (
    INSERT INTO outbox (id, organization_id, name, version, payload, request_id)
    SELECT id, $1, name, version, payload, $8 FROM said ORDER BY place RETURNING id
  )
  INSERT INTO outbox_delivery (event_id, consumer)
  SELECT d.event_id, d.consumer FROM unnest($6::uuid[], $7::text[]) AS d (event_id, consumer)
  WHERE (SELECT count(*) FROM event) > 0`;

/** Something that happened, with its payload. */
export type News = {
  [Name in EventName]: { readonly name: Name; readonly payload: EventPayload<Name> };
}[EventName];

/**
 * Says what happened, in the transaction in which it happens: both are saved or neither. Answers the event's id.
 * A payload that is not in the catalogue's form is a mistake of ours and throws.
 */
export async function publish<Name extends EventName>(
  tx: Transaction,
  name: Name,
  payload: EventPayload<Name>,
): Promise<string> {
  const [id] = await publishAll(tx, [{ name, payload } as News]);
  if (id === undefined) throw new Error('what was published has its id');
  return id;
}

/** Says several things in one statement. Answers their ids, in the same order. */
export async function publishAll(tx: Transaction, news: readonly News[]): Promise<string[]> {
  const checked = news.map((each) => ({ id: randomUUID(), name: each.name, ...check(tx, each) }));
  const deliveries = checked.flatMap(({ id, to }) => to.map((consumer) => ({ id, consumer })));
  await tx.query(WRITE, [
    tx.organizationId,
    checked.map(({ id }) => id),
    checked.map(({ name }) => name),
    checked.map(({ version }) => version),
    checked.map(({ payload }) => payload),
    deliveries.map(({ id }) => id),
    deliveries.map(({ consumer }) => consumer),
    tx.requestId,
  ]);
  tx.afterCommit(() => nudgeRelay(tx.manager.dataSource));
  return checked.map(({ id }) => id);
}

function check(
  tx: Transaction,
  { name, payload }: News,
): { version: number; to: readonly string[]; payload: string } {
  if (tx.organizationId === null) throw new Error(`${name} was published outside any organization.`);
  const { version, to, payload: schema } = catalogue[name];
  const checked = schema.safeParse(payload);
  if (checked.success) return { version, to, payload: JSON.stringify(checked.data) };
  // Of zod's issues only place and code: their messages may quote what was put in.
  const where = checked.error.issues.map(({ path, code }) => `${path.join('.') || 'payload'} (${code})`);
  throw new Error(`${name} is not in the form of the catalogue: ${where.join(', ')}.`);
}
