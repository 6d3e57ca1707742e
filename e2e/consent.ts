// What a client says about reminders by mail, in one call each way.
import { bookingOperations as operations } from './booking-operations.ts';
import { newKey } from './graph.ts';
import type { Person } from './person.ts';

/** Reads the words that are in force and agrees to exactly these. */
export async function consentToReminders(person: Person): Promise<string> {
  const { policyDocument } = await person.tell<{ policyDocument: { hash: string; text: string } }>(
    `{ policyDocument(purpose: "booking.reminder") { hash text } }`,
  );
  const input = {
    purpose: 'booking.reminder',
    documentHash: policyDocument.hash,
    channel: 'EMAIL',
    idempotencyKey: newKey(),
  };
  const { giveConsent } = await person.tell<{ giveConsent: { __typename: string } }>(operations.giveConsent, {
    input,
  });
  return giveConsent.__typename;
}

export const withdrawReminders = (person: Person): Promise<unknown> =>
  person.tell(operations.withdrawConsent, {
    input: { purpose: 'booking.reminder', channel: 'EMAIL', idempotencyKey: newKey() },
  });
