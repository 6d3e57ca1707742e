import { json, type Route } from '@kept/subgraph-kit';
import type { Payments } from '../context.ts';
import { verifyWebhook } from './stripe-webhook.ts';

/**
 * Takes a delivery in: verified over its raw bytes, noted by its id, answered at once. What it says about money is never
 * read from it; the worker asks the processor (merge-processor-event.ts). Doubled deliveries are the same row.
 */
export function webhookRoute(payments: Payments, secrets: readonly string[]): Route {
  return {
    method: 'POST',
    path: '/webhooks/stripe',
    handle: async ({ body, headers }) => {
      const now = payments.clock();
      const event = verifyWebhook({ body, header: headers['stripe-signature'], secrets, now });
      if (event === null) {
        // Neither body nor header: whatever was sent may hold anything.
        payments.log.warn({ bytes: body.length }, 'a webhook was refused');
        return json(400, { error: 'The signature or the time of this delivery is not right.' });
      }
      const arrived = await payments.database.infrastructure('receive-webhook', (tx) =>
        tx.query(
          `INSERT INTO processor_event (event_id, type, received_at, next_try_at) VALUES ($1, $2, $3, $3)
           ON CONFLICT ON CONSTRAINT processor_event_arrives_once DO NOTHING RETURNING event_id`,
          [event.id, event.type, now],
        ),
      );
      if (arrived.length > 0) payments.mergeSoon(event.id);
      return json(200, { received: true });
    },
  };
}
