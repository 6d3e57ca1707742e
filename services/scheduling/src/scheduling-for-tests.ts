/** What the tests of this service start from: a database of their own, the graph before it, and a clock that stands. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '@kept/database';
import { openKeyring } from '@kept/field-encryption';
import { openOutbound } from '@kept/outbound';
import type { Caller } from '@kept/passport';
import { openLog, readSdl, startSubgraph, type Clock, type Logger } from '@kept/subgraph-kit';
import {
  callerOf,
  fixedClock,
  requestSubgraph,
  testPassportKey,
  throwAwayDatabase,
  type FixedClock,
  type GraphQLResponse,
  type ThrowAwayDatabase,
} from '@kept/testing';
import { relations, verbs, withinPlaces } from './policies.ts';
import { contextFor } from './context.ts';
import type { Scheduling } from './scheduling.ts';
import { schedulingEntities, schedulingMigrations } from './database.ts';
import { onClientRegistered } from './clients/on-client-registered.ts';
import { onOrganizationCreated } from './organizations/on-organization-created.ts';
import { addProvider } from './providers/on-staff-joined.ts';
import { openRequests } from './requests/open-requests.ts';
import { resolvers } from './resolvers.ts';
import type { Service } from './services/service.ts';

/** A Monday before dawn in winter: everything a test books lies in the days after. */
export const MONDAY = '2027-02-01T05:00:00.000Z';

/** The graph of a scheduling service, asked as the gateway would. */
export interface TestGraph {
  ask(caller: Caller, query: string, variables?: Record<string, unknown>): Promise<GraphQLResponse>;
}

export function testGraph({ url, clock }: { url: string; clock: Clock }): TestGraph {
  return {
    ask: (caller, query, variables = {}) =>
      requestSubgraph({ url, service: 'scheduling', caller, query, variables, now: clock() }),
  };
}

export interface TestScheduling extends TestGraph {
  readonly scheduling: Scheduling;
  readonly database: Database;
  readonly stored: ThrowAwayDatabase;
  readonly clock: FixedClock;
  /** Where this service listens. */
  readonly url: string;
  /** The reminders that were to be woken, in order. */
  readonly woken: { id: string; organizationId: string; dueAt: Date }[];
  stop(): Promise<void>;
}

export async function startTestScheduling({
  manageLinks,
  log = openLog({ service: 'scheduling', level: 'silent' }),
  ...options
}: {
  poolMax?: number;
  manageLinks?: Scheduling['manageLinks'];
  log?: Logger;
} = {}): Promise<TestScheduling> {
  const stored = await throwAwayDatabase({
    service: 'scheduling',
    migrations: schedulingMigrations,
    entities: schedulingEntities,
    ...options,
  });
  const { database } = stored;
  const clock = fixedClock(MONDAY);
  const woken: TestScheduling['woken'] = [];
  const scheduling: Scheduling = {
    database,
    keyring: openKeyring({ service: 'scheduling', rootKey: randomBytes(32), clock }),
    clock,
    log,
    signingKey: generateKeyPairSync('ed25519').privateKey,
    manageLinks,
    requests: openRequests({ rootKey: randomBytes(32), workAtRest: 2 }),
    outbound: openOutbound({ development: true, idleMs: 1_000 }),
    wakeReminder: (reminder) => void woken.push(reminder),
    // Tests let those who wait have their turn themselves (wakeWaitlist).
    wakeWaitlist: () => undefined,
  };
  const subgraph = await startSubgraph({
    service: 'scheduling',
    typeDefs: readSdl(import.meta.dirname),
    resolvers,
    relations,
    verbs,
    withinPlaces,
    context: contextFor(scheduling),
    ready: () => database.ready(),
    host: '127.0.0.1',
    port: 0,
    passportKeys: [testPassportKey('scheduling')],
    clock,
    log,
  });
  return {
    scheduling,
    database,
    stored,
    clock,
    url: subgraph.url,
    woken,
    ...testGraph({ url: subgraph.url, clock }),
    stop: async () => {
      await subgraph.stop();
      await scheduling.outbound.stop();
      await stored.drop();
    },
  };
}

export interface TestBusiness {
  readonly organizationId: string;
  readonly providerId: string;
  readonly serviceId: string;
  client(): Promise<Caller>;
  staff(...roles: Caller['roles']): Caller;
  provider(): Caller;
  anonymous(): Caller;
}

/** A business of its own: one provider in London who works every day from 08:00 to 20:00, one service of an hour. */
export async function openBusiness(
  { database, clock }: { database: Database; clock: Clock },
  terms: Partial<Service> = {},
): Promise<TestBusiness> {
  const organizationId = randomUUID();
  const providerId = randomUUID();
  const serviceId = randomUUID();
  await database.transaction(organizationId, async (tx) => {
    await onOrganizationCreated(tx, { name: 'A Business', timeZone: 'Europe/London', currency: 'GBP' });
    await addProvider(tx, { id: providerId, timeZone: 'Europe/London' });
    const row = serviceRow({ id: serviceId, organizationId, ...terms }, clock());
    // Named columns only, so that the others have their defaults.
    const columns = Object.keys(row).join(', ');
    await tx.query(
      `INSERT INTO service (${columns}) SELECT ${columns} FROM jsonb_populate_record(NULL::service, $1)`,
      [JSON.stringify(row)],
    );
    await tx.query('INSERT INTO service_provider VALUES ($1, $2, $3)', [
      organizationId,
      serviceId,
      providerId,
    ]);
    await tx.query(
      `INSERT INTO weekly_rule (id, organization_id, provider_id, day_of_week, start_minute, end_minute)
       SELECT gen_random_uuid(), $1, $2, day, 480, 1200 FROM generate_series(0, 6) AS day`,
      [organizationId, providerId],
    );
  });
  const staff = (...roles: Caller['roles']): Caller => callerOf({ kind: 'STAFF', organizationId, roles });
  return {
    organizationId,
    providerId,
    serviceId,
    async client() {
      const caller = callerOf({ kind: 'CLIENT', organizationId });
      const clientId = caller.accountId ?? '';
      await database.transaction(organizationId, (tx) => onClientRegistered(tx, { clientId }, clock()));
      return caller;
    },
    staff,
    provider: () => ({ ...staff('PROVIDER'), accountId: providerId }),
    anonymous: () => callerOf({ kind: 'ANONYMOUS', organizationId }),
  };
}

function serviceRow(terms: Partial<Service>, now: Date): Record<string, unknown> {
  const service: Partial<Service> = {
    name: 'An hour',
    description: '',
    durationMinutes: 60,
    priceMinor: 8000,
    depositMinor: null,
    currency: 'GBP',
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    minimumLeadMinutes: 0,
    maximumAdvanceMinutes: 129_600,
    slotIntervalMinutes: 30,
    cancellationWindowMinutes: 1440,
    rescheduleWindowMinutes: 1440,
    reschedulesMax: 2,
    active: true,
    createdAt: now,
    ...terms,
  };
  const column = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(service).map(([name, value]) => [column(name), value]));
}
