import type { Transaction } from '@kept/database';
import type { ReceivedEvent } from '@kept/events';
import { admitEntry } from './admit-entry.ts';

/** Takes in what a service says it did; the inbox has claimed the event, so it is stored once. */
export async function onAuditRecorded(
  tx: Transaction,
  { id, publisher, payload, receivedAt }: ReceivedEvent<'audit.recorded'>,
): Promise<void> {
  await admitEntry(tx, { id, service: publisher, facts: payload, now: receivedAt });
}
