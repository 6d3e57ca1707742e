/**
 * The hole this keeps closed: an answer that is given again to whoever repeats a request. A provider who wrote a note and is
 * booked no more repeated it, and was handed the note that the client has written for another since.
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { book, mutate } from '../operations-for-tests.ts';
import { addProvider } from '../providers/on-staff-joined.ts';
import { openBusiness, startTestScheduling, type TestScheduling } from '../scheduling-for-tests.ts';
import { newDevice, sealNote } from './app-for-tests.ts';
import { PUT, READ, REGISTER, type Recipient } from './devices-for-tests.ts';

let test: TestScheduling;
beforeAll(async () => {
  test = await startTestScheduling();
});
afterAll(() => test.stop());

const PUT_AND_SHOW = PUT.replace('note { version', 'note { jwe version');

async function addDevice(caller: Caller): Promise<void> {
  const { kty, crv, x } = (await newDevice()).jwk;
  await mutate(test, caller, { query: REGISTER, input: { kty, crv, x, deviceName: 'Telephone' } });
}
async function noteOf(caller: Caller, note: { bookingId: string; version: number; text: string }) {
  const { bookingId, version, text } = note;
  const { data } = await test.ask(caller, READ, { id: bookingId });
  const { booking } = data as { booking: { noteRecipients: Recipient[] } };
  const jwe = await sealNote(text, { bookingId, version, recipients: booking.noteRecipients });
  return { bookingId, expectedVersion: version - 1, jwe, idempotencyKey: randomUUID() };
}

it('[ENC-12] whoever was a member once is not shown what was written since, not even by repeating what they asked then', async () => {
  const business = await openBusiness(test);
  const [client, provider] = [await business.client(), business.provider()];
  const { id: bookingId } = await book(test, client, { ...business, startsAt: '2027-02-10T10:00:00.000Z' });
  await addDevice(client);
  await addDevice(provider);
  const input = await noteOf(provider, { bookingId, version: 1, text: 'From the first' });
  const repeat = () => mutate(test, provider, { query: PUT_AND_SHOW, input });
  for (const _time of ['first', 'again']) expect(await repeat()).toMatchObject({ note: { version: 1 } });
  const replacement: Caller = { ...business.staff('PROVIDER'), accountId: randomUUID() };
  await test.database.transaction(business.organizationId, async (tx) => {
    await addProvider(tx, { id: replacement.accountId ?? '', timeZone: 'Europe/London' });
    await tx.query('UPDATE booking SET provider_id = $2, version = version + 1 WHERE id = $1', [
      bookingId,
      replacement.accountId,
    ]);
  });
  await addDevice(replacement);
  const second = await noteOf(client, { bookingId, version: 2, text: 'For the second alone' });
  expect(await mutate(test, client, { query: PUT, input: second })).toMatchObject({ note: { version: 2 } });
  await expect(repeat()).rejects.toThrow(/^NOT_FOUND/);
});
