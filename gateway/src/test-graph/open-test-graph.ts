import { createHash, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { json, listen, openLifetime, openLog, type Clock } from '@kept/subgraph-kit';
import { fixedClock, type FixedClock } from '@kept/testing';
import { SignJWT } from 'jose';
import { composeGraph } from '../compose/compose-graph.ts';
import { startGateway, type GatewayOptions } from '../start-gateway.ts';
import { limitsWith } from '../limits/settings.ts';
import { openControlFeed, type ControlFeed } from './control-feed.ts';
import { CLINIC, PARTS, startPart, type SubRequest } from './subgraphs.ts';

const GENEROUS = limitsWith({
  KEPT_LIMIT_ADDRESS_REQUESTS_PER_MINUTE: 1e9,
  KEPT_LIMIT_ADDRESS_READING_MS_PER_MINUTE: 1e9,
  KEPT_LIMIT_ADDRESS_AUTHENTICATIONS_PER_MINUTE: 1e9,
  KEPT_LIMIT_CALLER_REQUESTS_PER_MINUTE: 1e9,
  KEPT_LIMIT_CALLER_COST_PER_MINUTE: 1e9,
  KEPT_LIMIT_ANONYMOUS_REQUESTS_PER_MINUTE: 1e9,
  KEPT_LIMIT_ANONYMOUS_COST_PER_MINUTE: 1e9,
  KEPT_LIMIT_ORGANIZATION_COST_PER_MINUTE: 1e9,
  KEPT_LIMIT_EVENT_LOOP_DELAY_MS: 60_000,
});

export const ISSUER = 'https://identity.test';
export type Person = {
  kind: 'CLIENT' | 'STAFF';
  id: string;
  roles?: readonly string[];
  secondFactor?: boolean;
  /** When this person's emergency access ends, in seconds since the epoch. */
  emergencyUntil?: number;
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly {
    message: string;
    path?: (string | number)[];
    extensions: Record<string, unknown>;
  }[];
  readonly codes: readonly unknown[];
}
export interface Question {
  readonly variables?: Record<string, unknown>;
  readonly as?: Person;
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly operationName?: string;
  /** Hangs up. */
  readonly signal?: AbortSignal | undefined;
}
export interface TestGraph {
  readonly url: string;
  readonly routes: readonly string[];
  readonly supergraphSdl: string;
  readonly asked: SubRequest[];
  readonly logged: string[];
  readonly clock: FixedClock;
  readonly subgraphUrls: Readonly<Record<string, string>>;
  ask(query: string, question?: Question): Promise<Answer>;
  tokenFor(person: Person, claims?: Record<string, unknown>): Promise<string>;
  signingKey: KeyObject;
  readonly feed: ControlFeed;
  stopKeySet(): Promise<void>;
  stop(): Promise<void>;
}

export const passportKeyOf = (service: string) => ({
  id: 'k1',
  secret: createHash('sha256').update(`test key of ${service}`).digest(),
});

/** A whole graph in this process: three subgraphs behind passports, a key set, and the gateway in front of them. */
export async function openTestGraph(
  more: Partial<GatewayOptions> = {},
  instead: GatewayOptions['subgraphs'] = {},
): Promise<TestGraph> {
  const tracing = more.telemetry?.tracing;
  const clock = fixedClock('2030-01-01T00:00:00Z');
  const asked: SubRequest[] = [];
  const logged: string[] = [];
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const feed = openControlFeed({ key: passportKeyOf('identity'), clock });
  const parts = new Map(
    await Promise.all(
      Object.keys(PARTS).map(
        async (name) =>
          [name, await startPart(name, { key: passportKeyOf(name), clock, asked, feed, tracing })] as const,
      ),
    ),
  );
  const keySet = await startKeySet(publicKey);
  const supergraphSdl = composeGraph(
    Object.entries(PARTS).map(([name, { typeDefs }]) => ({ name, typeDefs })),
  );
  const lifetime = openLifetime(openLog({ service: 'test', level: 'silent' }));
  const stop = async () => {
    await lifetime.stop();
    // A test may have stopped the key set already.
    await Promise.allSettled([...parts.values(), keySet].map((server) => server.stop()));
  };
  const gateway = await startGateway(
    {
      host: '127.0.0.1',
      port: 0,
      supergraphSdl,
      subgraphs: {
        ...Object.fromEntries(
          [...parts].map(([name, { url }]) => [name, { url: `${url}/graphql`, key: passportKeyOf(name) }]),
        ),
        ...instead,
      },
      jwksUrl: `${keySet.url}/jwks.json`,
      tokenIssuer: ISSUER,
      allowedOrigins: ['https://app.example'],
      trustedProxies: 0,
      developmentPages: false,
      clock,
      // Tests ask as fast as they can; those about limits set their own.
      limits: { settings: GENEROUS },
      log: recordingLog(logged),
      ...more,
    },
    lifetime,
  ).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const tokenFor = signer(privateKey, clock);
  return {
    url: gateway.url,
    routes: gateway.routes,
    supergraphSdl,
    asked,
    logged,
    clock,
    signingKey: privateKey,
    feed,
    subgraphUrls: Object.fromEntries([...parts].map(([name, { url }]) => [name, url])),
    tokenFor,
    ask: asker(gateway.url, tokenFor),
    stopKeySet: () => keySet.stop(),
    stop,
  };
}

function startKeySet(publicKey: KeyObject) {
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'EdDSA', use: 'sig' };
  const route = { method: 'GET' as const, path: '/jwks.json', handle: () => json(200, { keys: [key] }) };
  return listen({
    host: '127.0.0.1',
    port: 0,
    routes: [route],
    log: openLog({ service: 'keys', level: 'silent' }),
  });
}

const signer =
  (privateKey: KeyObject, clock: Clock) =>
  (person: Person, claims: Record<string, unknown> = {}) => {
    const now = Math.floor(clock().getTime() / 1000);
    return new SignJWT({
      iss: ISSUER,
      aud: 'kept',
      sub: person.id,
      org: CLINIC.organizationId,
      sid: randomUUID(),
      kind: person.kind,
      roles: person.roles ?? (person.kind === 'CLIENT' ? ['CLIENT'] : []),
      sf: person.secondFactor ?? person.kind === 'STAFF',
      ...(person.emergencyUntil !== undefined && {
        emg: person.emergencyUntil,
        emi: randomUUID(),
      }),
      auth_time: now,
      iat: now,
      exp: now + 600,
      ...claims,
    })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'test' })
      .sign(privateKey);
  };

const asker =
  (url: string, tokenFor: TestGraph['tokenFor']): TestGraph['ask'] =>
  async (query, { variables, as, token, headers = {}, operationName, signal } = {}) => {
    const bearer = token ?? (as && (await tokenFor(as)));
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(bearer && { authorization: `Bearer ${bearer}` }),
        ...headers,
      },
      body: JSON.stringify({ query, variables, operationName }),
      ...(signal && { signal }),
    });
    return readAnswer(response);
  };

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const { data, errors = [] } = JSON.parse(text) as Partial<Answer>;
  const codes = errors.map(({ extensions }) => extensions['code']);
  return { status: response.status, headers: response.headers, text, data, errors, codes };
}

// Every line at every level, as it would be written: what stands here stands in a log file.
function recordingLog(lines: string[]) {
  const log = openLog({ service: 'gateway', level: 'debug' });
  const record = (...values: unknown[]) =>
    void lines.push(values.map((value) => inspectable(value)).join(' '));
  const recorder = { debug: record, info: record, warn: record, error: record, child: () => recorder };
  return Object.assign(Object.create(log) as typeof log, recorder);
}

const inspectable = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) =>
    item instanceof Error ? { name: item.name, message: item.message, cause: item.cause } : item,
  );
