import { setTimeout as pause } from 'node:timers/promises';
import { mayRead, type Relations } from '@kept/access-policy';
import type { PassportKey } from '@kept/passport';
import {
  listen,
  openLog,
  openSubgraph,
  refused,
  type Clock,
  type RequestContext,
  type Tracing,
} from '@kept/subgraph-kit';
import type { DocumentNode } from 'graphql';
import type { ControlFeed } from './control-feed.ts';
import { identitySdl, paymentsSdl, schedulingSdl } from './schemas.ts';

/** What a subgraph was asked: the oracle of every leak test. */
export interface SubRequest {
  readonly service: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly passport: string;
}

export const ANNA = '11111111-1111-4111-8111-111111111111';
export const BERT = '22222222-2222-4222-8222-222222222222';
export const DORA = '33333333-3333-4333-8333-333333333333';
export const ERIK = '44444444-4444-4444-8444-444444444444';
const ORGANIZATION = '55555555-5555-4555-8555-555555555555';

const clients = [
  { __typename: 'Client', id: ANNA, displayName: 'Anna', email: 'anna@example.org', birthday: '1990-01-01' },
  { __typename: 'Client', id: BERT, displayName: 'Bert', email: 'bert@example.org', birthday: '1980-01-01' },
].map((client) => ({
  ...client,
  phone: `phone of ${client.displayName}`,
  newsletter: client.id === ANNA,
  // Rows carry the columns that access to them depends on.
  address: { id: client.id, street: `street of ${client.displayName}` },
}));
const staff = [
  { __typename: 'StaffMember', id: DORA, displayName: 'Dora', email: 'dora@example.org', salary: 5000 },
  { __typename: 'StaffMember', id: ERIK, displayName: 'Erik', email: 'erik@example.org', salary: 4000 },
];
const visits = [
  {
    id: 'v1',
    clientId: ANNA,
    providerId: DORA,
    startsAt: '2030-01-01T10:00:00Z',
    notes: 'of Anna',
    internal: 'i1',
  },
  {
    id: 'v2',
    clientId: BERT,
    providerId: ERIK,
    startsAt: '2030-01-02T10:00:00Z',
    notes: 'of Bert',
    internal: 'i2',
  },
];

const isSelf = { SELF: ({ accountId }: { accountId: string | null }) => ({ id: accountId }) };
const ofVisit = {
  SELF: ({ accountId }: { accountId: string | null }) => ({ clientId: accountId }),
  ASSIGNED_PROVIDER: ({ accountId }: { accountId: string | null }) => ({ providerId: accountId }),
};

type Resolvers = Record<string, Record<string, unknown>>;

const signedIn = (count: string) => ({
  __typename: 'SessionIssued',
  accessToken: 'access',
  refreshToken: `kr1_${count}`,
  deviceToken: 'kd1_device',
});
// Signing in as the edge sees it; what it comes to is for identity's own tests.
const signInMutations = {
  signInStart: () => ({ __typename: 'ChallengeRequired', flow: 'flow-of-1' }),
  challengeAnswer: (_: unknown, { flow }: { flow: string }) =>
    flow === 'flow-of-1' ? signedIn('1') : { __typename: 'ChallengeRequired', flow: 'flow-of-2' },
  refreshSession: (_: unknown, { refreshToken }: { refreshToken: string }) => {
    const count = /^kr1_(\d)$/.exec(refreshToken)?.[1];
    return count === undefined
      ? { __typename: 'SessionEnded', message: 'Please sign in again.' }
      : signedIn(String(Number(count) + 1));
  },
  signOut: () => ({ endedAt: 'now' }),
  signOutEverywhere: () => ({ endedAt: 'now' }),
};
const byId =
  <Row extends { id: string }>(rows: readonly Row[]) =>
  ({ id }: { id: string }) =>
    rows.find((row) => row.id === id) ?? null;

const identity: Resolvers = {
  Query: {
    viewer: (_: unknown, _given: unknown, { caller }: RequestContext) =>
      byId(clients)({ id: caller.accountId ?? '' }),
    client: (_: unknown, given: { id: string }) => byId(clients)(given),
    clients: () => clients,
    staff: () => staff,
    parties: () => [...clients, ...staff],
    named: () => [...clients, ...staff],
    vault: () => ({ content: 'gold' }),
  },
  Mutation: {
    signIn: () => ({ token: 'token' }),
    changeRole: (_: unknown, { input }: { input: { id: string } }) => ({
      member: byId(staff)(input),
      trace: 'trace',
    }),
    openVault: () => ({ content: 'gold' }),
    changeContact: (_: unknown, { input }: { input: { id: string } }) => ({ client: byId(clients)(input) }),
    ...signInMutations,
  },
  Client: { __resolveReference: byId(clients) },
  StaffMember: { __resolveReference: byId(staff) },
};
const scheduling: Resolvers = {
  Query: {
    // As every list does: only rows that the caller may know of.
    visits: (_: unknown, _given: unknown, { ability }: RequestContext) =>
      visits.filter((visit) => mayRead(ability, 'Visit', visit)),
    services: () => [{ name: 'Massage', minutes: 50, again: { name: 'Massage' } }],
    echo: (_: unknown, given: { text?: string }) => given.text ?? null,
    broken: () => {
      throw new Error('postgres://kept:secret@10.0.0.7/db is down');
    },
    slow: async () => {
      await pause(300);
      return 'at last';
    },
  },
  Mutation: {
    cancelVisit: (_: unknown, given: { id: string }) => {
      if (given.id === 'none') throw refused.notFound('visit');
      const visit = byId(visits)(given);
      return visit
        ? { __typename: 'VisitCancelled', visit }
        : { __typename: 'VisitGone', message: 'It is gone.' };
    },
  },
  Visit: {
    __resolveReference: byId(visits),
    client: ({ clientId }: { clientId: string }) => ({ __typename: 'Client', id: clientId }),
  },
};
const payments: Resolvers = {
  Visit: {
    __resolveReference: byId(visits),
    paidMinor: ({ id }: { id: string }) => (id === 'v1' ? 5000 : 7000),
    invoice: ({ id }: { id: string }) => `invoice of ${id}`,
  },
};

interface Part {
  readonly typeDefs: DocumentNode;
  readonly resolvers: Resolvers;
  readonly relations: Relations;
}
export const PARTS: Readonly<Record<string, Part>> = {
  identity: {
    typeDefs: identitySdl,
    resolvers: identity,
    relations: { Client: isSelf, StaffMember: isSelf, Postal: isSelf },
  },
  scheduling: {
    typeDefs: schedulingSdl,
    resolvers: scheduling,
    relations: { Visit: ofVisit, Client: isSelf },
  },
  payments: { typeDefs: paymentsSdl, resolvers: payments, relations: { Visit: ofVisit } },
};
export const CLINIC = { organizationId: ORGANIZATION, clients, staff, visits };

/** Serves one part on a port of its own, guarded as every service is, and writes down what it was asked. */
export async function startPart(
  service: string,
  {
    key,
    clock,
    asked,
    feed,
    tracing,
  }: {
    key: PassportKey;
    clock: Clock;
    asked: SubRequest[];
    feed: ControlFeed;
    tracing?: Tracing | undefined;
  },
): Promise<{ url: string; stop(): Promise<void> }> {
  const part = PARTS[service];
  if (!part) throw new Error(`There is no part "${service}".`);
  const log = openLog({ service, level: 'silent' });
  const answer = openSubgraph({
    ...part,
    service,
    context: (request) => request,
    ready: () => Promise.resolve(),
    host: '127.0.0.1',
    port: 0,
    passportKeys: [key],
    tracing,
    clock,
    log,
  });
  return listen({
    host: '127.0.0.1',
    port: 0,
    log,
    routes: [
      ...(service === 'identity' ? [feed.route] : []),
      {
        method: 'POST',
        path: '/graphql',
        handle: (request) => {
          const { body, headers } = request;
          const passport = String(headers['kept-passport'] ?? '');
          asked.push({
            service,
            passport,
            ...(JSON.parse(String(body)) as { query: string; variables: Record<string, unknown> }),
          });
          return answer(request);
        },
      },
    ],
  });
}
