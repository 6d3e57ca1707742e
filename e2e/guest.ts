// Somebody who has no account, as their app would do it: work for the challenge, a code from the mail, and the time is theirs.
import { pbkdf2Sync } from 'node:crypto';
import { newKey, tell } from './graph.ts';
import { codeIn, mailArrives } from './mailbox.ts';
import { PROVIDER, RIVERSIDE, type Stack } from './stack.ts';

interface Challenge {
  readonly parameters: {
    readonly nonce: string;
    readonly salt: string;
    readonly cost: number;
    readonly keyLength: number;
    readonly keyPrefix: string;
  };
  readonly signature: string;
}

/** Finds the number, without altcha's library: what the challenge asks for is said whole by the challenge. */
export function solve(text: string): string {
  const challenge = JSON.parse(text) as Challenge;
  const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
  for (let counter = 0; counter < 100_000; counter += 1) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter);
    const password = Buffer.concat([Buffer.from(nonce, 'hex'), number]);
    const key = pbkdf2Sync(password, Buffer.from(salt, 'hex'), cost, keyLength, 'sha256').toString('hex');
    if (!key.startsWith(keyPrefix)) continue;
    const solution = { counter, derivedKey: key };
    return Buffer.from(JSON.stringify({ challenge, solution })).toString('base64');
  }
  throw new Error('The challenge has no answer.');
}

interface Requested {
  readonly __typename: string;
  readonly holdId?: string;
  readonly claimToken?: string;
}

/** Asks for a time without an account. */
export async function requestTime(
  stack: Stack,
  slot: { serviceId: string; startsAt: string },
): Promise<Requested> {
  const asking = { organizationId: RIVERSIDE };
  const { bookingChallenge } = await tell<{ bookingChallenge: { challenge: string } }>(
    stack.graphUrl,
    '{ bookingChallenge { challenge } }',
    asking,
  );
  const proof = solve(bookingChallenge.challenge);
  const input = { ...slot, providerId: PROVIDER, timeZone: 'Europe/Paris', proof, idempotencyKey: newKey() };
  const { requestSlot } = await tell<{ requestSlot: Requested }>(
    stack.graphUrl,
    `mutation ($input: RequestSlotInput!) { requestSlot(input: $input) { __typename ... on SlotRequested { holdId claimToken } } }`,
    { ...asking, variables: { input } },
  );
  return requestSlot;
}

/** Proves an address with the code that is mailed to it; the access token of the guest's session. */
export async function comeAsGuest(stack: Stack, email: string): Promise<string> {
  const asking = { organizationId: RIVERSIDE };
  const { guestStart } = await tell<{ guestStart: { flow: string } }>(
    stack.graphUrl,
    `mutation ($input: GuestStartInput!) { guestStart(input: $input) { flow } }`,
    { ...asking, variables: { input: { email, displayName: 'A guest' } } },
  );
  const code = codeIn(await mailArrives(stack.mailboxUrl, email, /code/i));
  const { guestConfirm } = await tell<{ guestConfirm: { accessToken?: string } }>(
    stack.graphUrl,
    `mutation ($input: GuestConfirmInput!) { guestConfirm(input: $input) { ... on SessionIssued { accessToken } } }`,
    { ...asking, variables: { input: { flow: guestStart.flow, code } } },
  );
  return guestConfirm.accessToken ?? '';
}

/** Makes a requested time the guest's own and confirms it; what became of it. */
export async function claimAndConfirm(stack: Stack, token: string, requested: Requested): Promise<string> {
  const { holdId, claimToken } = requested;
  const { claimSlot } = await tell<{ claimSlot: { __typename: string } }>(
    stack.graphUrl,
    `mutation ($input: ClaimSlotInput!) { claimSlot(input: $input) { __typename } }`,
    { token, variables: { input: { holdId, claimToken, idempotencyKey: newKey() } } },
  );
  if (claimSlot.__typename !== 'SlotHold') return claimSlot.__typename;
  const { confirmBooking } = await tell<{ confirmBooking: { __typename: string } }>(
    stack.graphUrl,
    `mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { __typename } }`,
    { token, variables: { input: { holdId, idempotencyKey: newKey() } } },
  );
  return confirmBooking.__typename;
}
