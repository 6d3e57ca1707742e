// One request, four services, three events, a job and a mail: whoever has the id from the answer finds all of it.
import { eventually } from '@kept/testing';
import { addCard, freeTimes, holdSlot } from './book.ts';
import { bookingOperations as operations } from './booking-operations.ts';
import { newKey } from './graph.ts';
import { mailArrives } from './mailbox.ts';
import { Person } from './person.ts';
import { openSharedStack, type Stack } from './stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openSharedStack();
});
afterAll(async () => stack?.stop());

interface Entries {
  readonly auditEntries: { readonly entries: readonly { action: string; requestId: string | null }[] };
}

it('a request’s id leads from its answer through logs and the record to the mail that came of it', async () => {
  const client = await new Person(stack, stack.account('client')).signIn();
  const officer = await new Person(stack, stack.account('compliance')).signIn();
  const [startsAt = ''] = await freeTimes(stack, 5, 8);
  const hold = await holdSlot(client, startsAt);
  const paymentMethodId = await addCard(stack, client);
  // Payments authorizes; scheduling hears of it and confirms; compliance decides about the mail; identity sends it.
  const { data, requestId } = await client.ask<{ authorizeDeposit: { __typename: string } }>(
    operations.authorize,
    { variables: { input: { quote: hold.quote, paymentMethodId, idempotencyKey: newKey() } } },
  );
  expect(data?.authorizeDeposit.__typename).toBe('DepositAuthorized');
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  const mail = await mailArrives(stack.mailboxUrl, client.account.email, /confirmed/i);
  expect(mail.requestId).toBe(requestId);
  const actions = await eventually(async () => {
    const { auditEntries } = await officer.tell<Entries>(
      '{ auditEntries(first: 100) { entries { action requestId } } }',
    );
    const own = auditEntries.entries.filter((entry) => entry.requestId === requestId);
    return own.length > 0 && own.map(({ action }) => action);
  });
  expect(actions).toEqual(expect.arrayContaining([expect.stringContaining('payment')]));
  expect(stack.logsContaining([requestId ?? ''])).toEqual(
    expect.arrayContaining(['gateway.log', 'identity.log']),
  );
});
