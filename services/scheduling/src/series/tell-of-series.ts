import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Booking } from '../bookings/booking.ts';
import { messageParameters, providersOf } from '../messages/tell-both-sides.ts';

/** Asks for one message to each side about all appointments of a series, in place of one for each of them. */
export async function tellOfSeries(
  tx: Transaction,
  { first, count }: { first: Booking; count: number },
): Promise<void> {
  const { parameters } = await messageParameters(tx, first);
  for (const recipient of [
    { kind: 'CLIENT' as const, id: first.clientId },
    ...(await providersOf(tx, first)).map((id) => ({ kind: 'STAFF' as const, id })),
  ]) {
    await publish(tx, 'message.requested', {
      messageId: randomUUID(),
      recipient,
      template: 'series-confirmed',
      purpose: 'booking.service',
      basis: 'contract',
      parameters: { ...parameters, count: String(count) },
    });
  }
}
