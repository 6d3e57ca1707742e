import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { catalogue, type EventName, type EventPayload } from './catalogue.ts';
import { nudgeRelay } from './nudge.ts';

// One statement, so that no event is ever without its deliveries.
const WRITE = `
  WITH event AS (
    INSERT INTO outbox (id, organization_id, name, version, payload, request_id) VALUES ($1, $2, $3, $4, $5, $7) RETURNING id
  )
  INSERT INTO outbox_delivery (event_id, consumer) SELECT id, unnest($6::text[]) FROM event`;

/**
 * Says what happened, in the transaction in which it happens: both are saved or neither. Answers the event's id.
 * A payload that is not in the catalogue's form is a mistake of ours and throws.
 */
export async function publish<Name extends EventName>(
  tx: Transaction,
  name: Name,
  payload: EventPayload<Name>,
): Promise<string> {
  if (tx.organizationId === null) throw new Error(`${name} was published outside any organization.`);
  const { version, to, payload: schema } = catalogue[name];
  const checked = schema.safeParse(payload);
  if (!checked.success) {
    // Of zod's issues only place and code: their messages may quote what was put in.
    const where = checked.error.issues.map(({ path, code }) => `${path.join('.') || 'payload'} (${code})`);
    throw new Error(`${name} is not in the form of the catalogue: ${where.join(', ')}.`);
  }
  const id = randomUUID();
  const payloadText = JSON.stringify(checked.data);
  await tx.query(WRITE, [id, tx.organizationId, name, version, payloadText, to, tx.requestId]);
  tx.afterCommit(() => nudgeRelay(tx.manager.dataSource));
  return id;
}
