// The graph as a client meets it, for benchmarks: sign in, ask, choose times.
import { randomUUID } from 'node:crypto';
import { totpCode, type Stack, type StackAccount } from '@kept/local-stack';

/** Sends one operation that must succeed whole. */
export type Ask = <Data>(query: string, variables?: object) => Promise<Data>;

const stepFields = `__typename ... on SessionIssued { accessToken } ... on ChallengeRequired { flow } ... on SignInRejected { message }`;

export function openGraph(
  graphUrl: string,
  account: Pick<StackAccount, 'organizationId'>,
  token?: string,
): Ask {
  return async <Data>(query: string, variables: object = {}): Promise<Data> => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(graphUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'kept-organization': account.organizationId,
        ...authorization,
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: Data; errors?: { message: string }[] };
    if (!data || errors?.length) throw new Error(`The graph refused: ${JSON.stringify(errors)}`);
    return data;
  };
}

interface SignInStep {
  __typename: string;
  flow?: string;
  accessToken?: string;
  message?: string;
}

/** What a person needs to come in. */
export type Door = Pick<Stack, 'graphUrl' | 'accounts'>;

/** Signs a demo account in, with its second factor where it has one. */
export async function signIn(stack: Door, key: string): Promise<Ask> {
  const account = stack.accounts.find((candidate) => candidate.key === key);
  if (!account) throw new Error(`There is no demo account "${key}".`);
  const ask = openGraph(stack.graphUrl, account);
  const { signInStart } = await ask<{ signInStart: SignInStep }>(
    `mutation ($input: SignInStartInput!) { signInStart(input: $input) { ${stepFields} } }`,
    { input: { email: account.email, password: account.password } },
  );
  let step = signInStart;
  if (step.__typename === 'ChallengeRequired' && account.totpSecret) {
    const { challengeAnswer } = await ask<{ challengeAnswer: SignInStep }>(
      `mutation ($flow: ID!, $code: String!) { challengeAnswer(flow: $flow, factor: TOTP, code: $code) { ${stepFields} } }`,
      { flow: step.flow, code: totpCode(account.totpSecret, new Date()) },
    );
    step = challengeAnswer;
  }
  if (!step.accessToken) throw new Error(`${key} was not signed in: ${step.message ?? step.__typename}`);
  return openGraph(stack.graphUrl, account, step.accessToken);
}

export interface Slot {
  /** For whom staff book. */
  clientId?: string;
  serviceId: string;
  providerId: string;
  startsAt: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Free times of the demo service with or without deposit, far enough apart that none stands in another's way. */
export async function freeSlots(ask: Ask, options: { deposit: boolean; slotsMax: number }): Promise<Slot[]> {
  const { services } = await ask<{ services: { id: string; deposit: object | null }[] }>(
    '{ services { id deposit { amountMinor } } }',
  );
  const service = services.find(({ deposit }) => (deposit !== null) === options.deposit);
  if (!service) throw new Error('The demo has no such service.');
  const chosen: Slot[] = [];
  for (
    let from = Date.now() + dayMs;
    chosen.length < options.slotsMax && from < Date.now() + 80 * dayMs;
    from += 28 * dayMs
  ) {
    const input = {
      serviceId: service.id,
      from: new Date(from),
      to: new Date(from + 28 * dayMs),
      timeZone: 'Europe/London',
    };
    const { availability } = await ask<{
      availability: { slots: { startsAt: string; provider: { id: string } }[] };
    }>(
      'query ($input: AvailabilityInput!) { availability(input: $input) { slots { startsAt provider { id } } } }',
      { input },
    );
    for (const { startsAt, provider } of availability.slots) {
      const before = chosen.at(-1);
      if (before && Date.parse(startsAt) - Date.parse(before.startsAt) < 2 * 60 * 60 * 1000) continue;
      chosen.push({ serviceId: service.id, providerId: provider.id, startsAt });
    }
  }
  return chosen.slice(0, options.slotsMax);
}

export interface Hold {
  id: string;
  bookingId: string;
  quote: string | null;
}

export async function holdSlot(ask: Ask, slot: Slot): Promise<Hold> {
  const { createSlotHold } = await ask<{ createSlotHold: Hold & { __typename: string } }>(
    'mutation ($input: CreateSlotHoldInput!) { createSlotHold(input: $input) { __typename ... on SlotHold { id bookingId quote } } }',
    { input: { ...slot, idempotencyKey: randomUUID() } },
  );
  if (createSlotHold.__typename !== 'SlotHold') throw new Error(`Not held: ${createSlotHold.__typename}`);
  return createSlotHold;
}

export async function confirmHold(ask: Ask, holdId: string): Promise<void> {
  const { confirmBooking } = await ask<{ confirmBooking: { __typename: string } }>(
    'mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) { __typename } }',
    { input: { holdId, idempotencyKey: randomUUID() } },
  );
  if (confirmBooking.__typename !== 'BookingConfirmed')
    throw new Error(`Not confirmed: ${confirmBooking.__typename}`);
}
