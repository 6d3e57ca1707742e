// An app's first day with the graph: generated types, ids instead of texts, and answers that are useful although a part of
// them is withheld.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freeTimes } from '../book.ts';
import { ask as askText, newKey, tell, type Asking } from '../graph.ts';
import { solve } from '../guest.ts';
import { Person } from '../person.ts';
import { CONSULTATION, FOLLOW_UP, openStack, PROVIDER, RIVERSIDE, settles, type Stack } from '../stack.ts';
import { blocksOf, examples, operationsShown } from './documentation.ts';
import { AppTooOld, ask, reasonFor, type Connection } from './client.ts';
import {
  AnswerChallengeDocument,
  HoldSlotDocument,
  MyBookingsDocument,
  ServicesDocument,
  SignInDocument,
  type MyBookingsQuery,
} from './graph/graphql.ts';

let stack: Stack;
let folder: string;
let client: Connection;
let frontDesk: Connection;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kept-typed-client-'));
  // Everything as docs/clients.md says it: the registry, the manifest of the build, and what is said about it.
  const clientsFile = join(folder, 'clients.json');
  writeFileSync(clientsFile, blocksOf('json registry').join(''));
  const documents = join(folder, 'documents');
  mkdirSync(documents);
  const built = readFileSync(join(import.meta.dirname, 'graph/persisted-documents.json'));
  writeFileSync(join(documents, 'sample-app.json'), built);
  writeFileSync(join(documents, 'sample-app.about.json'), blocksOf('json about').join(''));
  stack = await openStack({ documents, clientsFile });
  const app = { id: 'sample-app', version: '1.2.0' };
  const connect = (key: string) => signIn({ graphUrl: stack.graphUrl, app, organizationId: RIVERSIDE }, key);
  client = await connect('client');
  frontDesk = await connect('front-desk');
  const [startsAt = ''] = await freeTimes(stack, 2, 9);
  const input = {
    serviceId: CONSULTATION,
    providerId: PROVIDER,
    startsAt,
    notes: 'Knee',
    idempotencyKey: newKey(),
  };
  const held = await ask(client, HoldSlotDocument, { input });
  // What the graph expects to go wrong is a type of the result, which the compiler makes one look at.
  if (held.data?.createSlotHold.__typename !== 'SlotHold') throw new Error(JSON.stringify(held));
}, 180_000);
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

/** Password, then a code of the authenticator: the types say which steps there are. */
async function signIn(connection: Connection, key: string): Promise<Connection> {
  const account = stack.account(key);
  const { email, password } = account;
  const asked = await ask(connection, SignInDocument, { input: { email, password } });
  let step = asked.data?.signInStart;
  if (step?.__typename === 'ChallengeRequired') {
    const code = new Person(stack, account).code();
    const answered = await ask(connection, AnswerChallengeDocument, {
      flow: step.flow,
      factor: 'TOTP',
      code,
    });
    step = answered.data?.challengeAnswer;
  }
  if (step?.__typename !== 'SessionIssued') throw new Error(`Not signed in: ${JSON.stringify(asked)}`);
  return { ...connection, accessToken: step.accessToken };
}

interface ShownHold {
  id: string;
  expiresAt: string;
}

const first = ({ bookings }: MyBookingsQuery) => bookings?.nodes?.[0];

it('asks by id and gets typed answers', async () => {
  const { accessToken: _, ...anybody } = client;
  const { data, errors } = await ask(anybody, ServicesDocument);
  expect(errors).toEqual([]);
  const minutes: readonly number[] = data?.services?.map(({ durationMinutes }) => durationMinutes) ?? [];
  expect(minutes).toEqual([60, 30, 60]);
});

it('keeps what is there when a field is withheld from this person’s role, and knows why it is not', async () => {
  const answer = await ask(frontDesk, MyBookingsDocument, { first: 5 });
  const booking = answer.data && first(answer.data);
  expect(booking).toMatchObject({ status: 'PENDING_PAYMENT', service: { name: 'First consultation' } });
  expect(booking?.client.displayName).toEqual(expect.any(String));
  expect([booking?.notes, booking?.payments]).toEqual([null, null]);
  const reason = reasonFor(answer, ['bookings', 'nodes', 0, 'notes']);
  expect(reason?.extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
  expect(reasonFor(answer, ['bookings', 'nodes', 0, 'status'])).toBeUndefined();
});

it('[LAW-01] does not sign anybody in through an app that nobody registered', async () => {
  const stranger = { ...client, accessToken: undefined, app: { id: 'stranger', version: '1.0.0' } };
  const input = { email: stack.account('client').email, password: stack.account('client').password };
  const { data, errors } = await ask(stranger, SignInDocument, { input });
  expect([data, errors[0]?.extensions.code]).toEqual([null, 'PURPOSE_VIOLATION']);
});

it('[LAW-01] keeps what is there when a field is kept for what this app does not ask for', async () => {
  const answer = await ask(client, MyBookingsDocument, { first: 5 });
  const booking = answer.data && first(answer.data);
  expect(booking?.notes).toBe('Knee');
  expect(booking?.payments).toBeNull();
  expect(reasonFor(answer, ['bookings', 'nodes', 0, 'payments'])?.extensions.code).toBe('PURPOSE_VIOLATION');
  expect(answer.data?.viewer?.client?.email).toContain('@');
});

it('[MOB-02] learns that it is too old, from which version on it would not be, and where that is', async () => {
  const old = { ...client, app: { id: 'sample-app', version: '1.1.9' } };
  const asked = ask(old, MyBookingsDocument);
  await expect(asked).rejects.toThrow(AppTooOld);
  await expect(asked).rejects.toMatchObject({
    minimumVersion: '1.2.0',
    storeUrl: 'https://apps.example/sample',
  });
});

it('[LAW-47] a browser that forbids sharing is heard with whatever is asked, in every service', async () => {
  const headers = { 'kept-client': 'sample-app', 'kept-client-version': '1.2.0' };
  const token = client.accessToken;
  const consents = async () => {
    const asked = await askText<{ consents: object[] }>(
      stack.graphUrl,
      '{ consents { purpose channel state } }',
      {
        token,
        headers,
      },
    );
    return asked.data?.consents;
  };
  expect(await consents()).toEqual([]);
  await askText(stack.graphUrl, '{ services { name } }', { token, headers: { ...headers, 'sec-gpc': '1' } });
  await settles(async () => {
    expect(await consents()).toEqual([{ purpose: 'marketing.sharing', channel: 'ANY', state: 'WITHDRAWN' }]);
  });
});

it.each(examples().map((example, at) => [at + 1, example] as const))(
  'is answered what docs/clients.md shows, example %i',
  async (_at, { headers, body, answer }) => {
    const response = await fetch(stack.graphUrl, { method: 'POST', headers, body });
    expect(await response.json()).toEqual(answer);
  },
);

describe('the operations that docs/clients.md shows', () => {
  const shown = operationsShown();
  const headers = { 'kept-client': 'sample-app', 'kept-client-version': '1.2.0' };
  const anybody = { organizationId: RIVERSIDE, headers };
  const tellShown = <Data>(name: string, asking: Asking) =>
    tell<Data>(stack.graphUrl, shown[name] ?? name, asking);
  const zone = { timeZone: 'Europe/London' };

  it('lead a client from a free day to an appointment, with more time when it is needed, and to its link', async () => {
    const signedIn = { token: client.accessToken, headers };
    const firstDay = stack.clock.now().toISOString().slice(0, 10);
    const { availableDays } = await tellShown<{ availableDays: { firstSlots: { startsAt: string }[] }[] }>(
      'NextDays',
      { ...anybody, variables: { input: { serviceId: FOLLOW_UP, firstDay, ...zone } } },
    );
    const startsAt = availableDays.at(-1)?.firstSlots.at(-1)?.startsAt;
    const wish = { serviceId: FOLLOW_UP, startsAt, ...zone, idempotencyKey: newKey() };
    const { createSlotHold } = await tellShown<{ createSlotHold: ShownHold }>('Hold', {
      ...signedIn,
      variables: { input: wish },
    });
    expect(createSlotHold).toMatchObject({ __typename: 'SlotHold', extensionsLeft: 10, depositDue: null });
    const held = (more = {}) => ({ input: { holdId: createSlotHold.id, idempotencyKey: newKey(), ...more } });
    const kept = await tellShown<{ extendHold: ShownHold }>('KeepLonger', { ...signedIn, variables: held() });
    expect(kept.extendHold.expiresAt > createSlotHold.expiresAt).toBe(true);
    const { confirmBooking } = await tellShown<{
      confirmBooking: { booking: { id: string; version: number } };
    }>('Confirm', { ...signedIn, variables: held() });
    expect(confirmBooking).toMatchObject({
      __typename: 'BookingConfirmed',
      booking: { status: 'CONFIRMED' },
    });
    const { createManageLink } = await tell<{ createManageLink: { token: string } }>(
      stack.graphUrl,
      'mutation ($input: CreateManageLinkInput!) { createManageLink(input: $input) { ... on ManageLinkCreated { token } } }',
      {
        ...signedIn,
        variables: { input: { bookingId: confirmBooking.booking.id, idempotencyKey: newKey() } },
      },
    );
    const variables = { token: createManageLink.token };
    expect(await tellShown('Managed', { ...anybody, variables })).toMatchObject({
      bookingByLink: { status: 'CONFIRMED', startsAt, version: confirmBooking.booking.version },
    });
  });

  it('sign somebody in, each answer naming the next step, and say of a wrong password what may be said', async () => {
    const { email, password } = stack.account('front-desk');
    const start = (given: string, more = {}) =>
      tellShown<{ signInStart: { __typename: string; flow?: string } }>('Start', {
        ...anybody,
        variables: { input: { email, password: given, clientType: 'MOBILE', ...more } },
      });
    expect(await start('Not-The-Right-Words-1')).toMatchObject({
      signInStart: {
        __typename: 'SignInRejected',
        code: 'BAD_CREDENTIALS',
        message: expect.any(String) as string,
      },
    });
    const { signInStart } = await start(password);
    expect(signInStart).toMatchObject({
      __typename: 'ChallengeRequired',
      factors: expect.arrayContaining(['TOTP']) as string[],
    });
    await stack.clock.advance({ seconds: 30 });
    const code = new Person(stack, stack.account('front-desk')).code();
    const variables = { flow: signInStart.flow, factor: 'TOTP', code };
    expect(await tellShown('Answer', { ...anybody, variables })).toMatchObject({
      challengeAnswer: { __typename: 'SessionIssued', refreshToken: expect.any(String) as string },
    });
  });

  it('keep a time for somebody without an account until they claim it', async () => {
    const { bookingChallenge } = await tellShown<{ bookingChallenge: { challenge: string } }>(
      'Challenge',
      anybody,
    );
    const [startsAt] = await freeTimes(stack, 10, 17);
    const proof = solve(bookingChallenge.challenge);
    const wish = { serviceId: CONSULTATION, startsAt, proof, idempotencyKey: newKey() };
    const { requestSlot } = await tellShown<{ requestSlot: { holdId: string; claimToken: string } }>(
      'Request',
      {
        ...anybody,
        variables: { input: wish },
      },
    );
    const { holdId, claimToken } = requestSlot;
    const variables = { input: { holdId, claimToken, idempotencyKey: newKey() } };
    const claimed = await tellShown('Claim', { token: client.accessToken, headers, variables });
    expect(claimed).toMatchObject({
      claimSlot: { __typename: 'SlotHold', quote: expect.any(String) as string },
    });
  });
});

it('is what docs/clients.md shows in code', () => {
  // What an app does with a sealed note is run by the tests of its service.
  const sealedNotes = '../../services/scheduling/src/sealed-notes/app-for-tests.ts';
  const code = ['client.ts', 'typed-client.test.ts', sealedNotes].map((file) =>
    readFileSync(join(import.meta.dirname, file), 'utf8'),
  );
  expect(examples()).toHaveLength(3);
  const shown = blocksOf('ts').flatMap((text) => text.trim().split('\n'));
  expect(shown.length).toBeGreaterThan(0);
  for (const line of shown) expect(code.some((text) => text.includes(line.trim()))).toBe(true);
});
