// The whole service on a throw-away database, with real SMTP and a clock the test moves. Used by tests only.
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMailSink } from '@kept/local-stack';
import type { Caller, Role } from '@kept/passport';
import { openLog } from '@kept/subgraph-kit';
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
import { Secret, TOTP } from 'otpauth';
import { enterMember, type Member } from './accounts/enter-member.ts';
import { identityEntities, identityMigrations } from './database.ts';
import type { Identity } from './identity.ts';
import { openMailer } from './messages/open-mailer.ts';
import { sendClaimedMail, type MailSending } from './messages/send-mail.job.ts';
import { openIdentity } from './open-identity.ts';
import { createOrganization } from './organizations/create-organization.ts';
import { newTotpSecret } from './factors/totp.ts';
import { startApi } from './start-api.ts';

export const PASSWORD = 'Tidal-Lantern-49-Orchard';

export interface ReceivedMail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly { filename: string; contentType: string; content: string }[];
}

/** A step of a sign-in as the test's queries ask for it. */
export interface Step {
  readonly __typename: string;
  readonly flow?: string;
  readonly factors?: readonly string[];
  readonly code?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number | null;
  readonly accessToken?: string;
  readonly refreshToken?: string;
  readonly deviceToken?: string;
  readonly viewer?: { readonly id: string; readonly secondFactor: boolean };
}

export const STEP = `__typename
  ... on SessionIssued { accessToken refreshToken deviceToken expiresAt viewer { id kind roles secondFactor } }
  ... on ChallengeRequired { flow factors }
  ... on EnrollmentRequired { flow }
  ... on SignInRejected { code message retryAfterSeconds }`;

export interface TestIdentity {
  readonly identity: Identity;
  readonly sending: MailSending;
  readonly databases: ThrowAwayDatabase;
  readonly clock: FixedClock;
  readonly url: string;
  readonly pepper: Buffer;
  organization(): Promise<string>;
  member(given: Partial<Member> & { organizationId: string; roles: readonly Role[] }): Promise<Member>;
  anonymous(organizationId: string, more?: Partial<Caller>): Caller;
  ask(caller: Caller, query: string, variables?: Record<string, unknown>): Promise<GraphQLResponse>;
  step(caller: Caller, query: string, variables: Record<string, unknown>): Promise<Step>;
  start(caller: Caller, input: { email: string; password: string; deviceToken?: string }): Promise<Step>;
  answer(caller: Caller, answer: { flow: string; factor?: string; code: string }): Promise<Step>;
  /** Password and, where there is one, the authenticator; the clock moves to a fresh code. */
  signIn(member: Member, more?: { deviceToken?: string; caller?: Partial<Caller> }): Promise<Step>;
  /** The caller that the gateway would make out of an access token. */
  callerFrom(step: Step): Caller;
  codeOf(secret: string | undefined, stepsLater?: number): string;
  mailsTo(address: string): Promise<readonly ReceivedMail[]>;
  audit(organizationId: string): Promise<
    {
      action: string;
      outcome: string;
      details: Record<string, string>;
      subject: { type: string; id: string };
    }[]
  >;
  stop(): Promise<void>;
}

/** Opens everything. The clock stands still at an instant until the test moves it. */
export async function openTestIdentity(options: { poolMax?: number } = {}): Promise<TestIdentity> {
  const clock = fixedClock('2027-03-01T10:00:00Z');
  const log = openLog({ service: 'identity', level: 'silent' });
  const directory = await mkdtemp(join(tmpdir(), 'kept-identity-mail-'));
  const sink = await startMailSink({ host: '127.0.0.1', smtpPort: 0, pagePort: 0, directory });
  const databases = await throwAwayDatabase({
    service: 'identity',
    migrations: identityMigrations,
    entities: identityEntities,
    ...(options.poolMax !== undefined && { poolMax: options.poolMax }),
  });
  const mailer = openMailer({ url: sink.smtpUrl, from: 'Kept <no-reply@kept.example>' });
  const pepper = randomBytes(32);
  const underWay = new Set<Promise<void>>();
  const identity = await openIdentity(
    {
      KEPT_ROOT_KEY: randomBytes(32),
      KEPT_PASSWORD_PEPPER: pepper,
      KEPT_TOKEN_KEY: generateKeyPairSync('ed25519').privateKey,
      KEPT_TOKEN_ISSUER: 'https://kept.example',
    },
    {
      database: databases.database,
      clock,
      // The job's own work, without a queue in between; the queue has a test of its own.
      nudgeMail: (mail) => {
        const sent = sendClaimedMail(sending, mail).finally(() => underWay.delete(sent));
        underWay.add(sent);
      },
    },
  );
  const sending: MailSending = { identity, mailer, publicUrl: 'https://book.example', log };
  const api = await startApi(identity, {
    host: '127.0.0.1',
    port: 0,
    passportKeys: [testPassportKey('identity')],
    log,
  });
  const mailsSettled = async () => {
    while (underWay.size > 0) await Promise.allSettled(underWay);
  };

  const test: TestIdentity = {
    identity,
    sending,
    databases,
    clock,
    url: api.url,
    pepper,
    async organization() {
      const id = randomUUID();
      await createOrganization(identity, {
        id,
        name: 'Riverside Practice',
        timeZone: 'Europe/London',
        currency: 'GBP',
      });
      return id;
    },
    async member(given) {
      const isStaff = !given.roles.includes('CLIENT');
      const id = randomUUID();
      const member: Member = {
        id,
        displayName: 'Ada Example',
        email: `person-${id}@example.org`,
        password: PASSWORD,
        ...(isStaff && { totpSecret: newTotpSecret() }),
        ...given,
      };
      await enterMember(identity, member);
      return member;
    },
    anonymous: (organizationId, more) => callerOf({ kind: 'ANONYMOUS', organizationId, ...more }),
    ask: (caller, query, variables = {}) =>
      requestSubgraph({ url: api.url, service: 'identity', caller, query, variables, now: clock() }),
    async step(caller, query, variables) {
      const { data, errors } = await test.ask(caller, query, variables);
      const [error] = errors;
      if (error) throw new Error(`${error.extensions?.code ?? ''}: ${error.message}`);
      return Object.values(data ?? {})[0] as Step;
    },
    start: (caller, { email, password, deviceToken }) =>
      test.step(caller, `mutation ($input: SignInStartInput!) { signInStart(input: $input) { ${STEP} } }`, {
        input: { email, password, ...(deviceToken !== undefined && { deviceToken }) },
      }),
    answer: (caller, { flow, factor = 'TOTP', code }) =>
      test.step(
        caller,
        `mutation ($flow: ID!, $factor: FactorKind!, $code: String!) {
           challengeAnswer(flow: $flow, factor: $factor, code: $code) { ${STEP} } }`,
        { flow, factor, code },
      ),
    async signIn(member, { deviceToken, caller } = {}) {
      const anonymous = test.anonymous(member.organizationId, caller);
      const { email, password } = member;
      const step = await test.start(anonymous, { email, password, ...(deviceToken && { deviceToken }) });
      if (step.__typename !== 'ChallengeRequired') return step;
      clock.advance(30_000);
      return test.answer(anonymous, { flow: step.flow ?? '', code: test.codeOf(member.totpSecret) });
    },
    callerFrom(step) {
      const [, payload = ''] = (step.accessToken ?? '').split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, never>;
      return callerOf({
        kind: claims['kind'] ?? 'ANONYMOUS',
        accountId: claims['sub'] ?? null,
        organizationId: claims['org'] ?? null,
        roles: claims['roles'] ?? [],
        sessionId: claims['sid'] ?? null,
        secondFactor: claims['sf'] ?? false,
        authenticatedAt: claims['auth_time'] ?? null,
      });
    },
    codeOf: (secret, stepsLater = 0) =>
      new TOTP({ secret: Secret.fromBase32(secret ?? '') }).generate({
        timestamp: clock().getTime() + stepsLater * 30_000,
      }),
    async mailsTo(address) {
      await mailsSettled();
      const response = await fetch(`${sink.pageUrl}/api/messages?to=${encodeURIComponent(address)}`);
      return ((await response.json()) as { messages: ReceivedMail[] }).messages;
    },
    audit: (organizationId) =>
      databases.database.transaction(organizationId, async (tx) => {
        const rows = await tx.query<{ payload: never }>(
          "SELECT payload FROM outbox WHERE organization_id = $1 AND name = 'audit.recorded' ORDER BY occurred_at",
          [organizationId],
        );
        return rows.map(({ payload }) => payload);
      }),
    async stop() {
      await mailsSettled();
      await api.stop();
      await identity.estimator.stop();
      mailer.close();
      await sink.stop();
      await databases.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return test;
}
