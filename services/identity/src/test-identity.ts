// The whole service on a throw-away database, with real SMTP and a clock the test moves. Used by tests only.
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMailSink } from '@kept/local-stack';
import type { Caller, Role } from '@kept/passport';
import { solve } from '@kept/proof-of-work';
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
import { newTotpSecret } from './factors/totp.ts';
import type { Identity } from './identity.ts';
import { openMailer } from './messages/open-mailer.ts';
import { sendClaimedMail, type MailSending } from './messages/send-mail.job.ts';
import { openIdentity } from './open-identity.ts';
import { createOrganization } from './organizations/create-organization.ts';
import type { HashedPassword, PasswordHasher } from './passwords/hash-password.ts';
import type { AddressBookSettings } from './risk/settings.ts';
import { openTexts } from './sms/send-text.ts';
import {
  ANSWER,
  rootField,
  START,
  type ReceivedMail,
  type StartGiven,
  type Step,
} from './sign-in/steps-for-tests.ts';
import { startApi } from './start-api.ts';

export { rootField, STEP, type ReceivedMail, type Step } from './sign-in/steps-for-tests.ts';

export const PASSWORD = 'Tidal-Lantern-49-Orchard';

const TEXTS = {
  account: 'ACtest',
  token: 'a-token-of-no-value',
  from: '+15005550006',
  development: true,
};

interface Surroundings {
  readonly identity: Identity;
  readonly sending: MailSending;
  readonly databases: ThrowAwayDatabase;
  readonly clock: FixedClock;
  readonly url: string;
  readonly pepper: Buffer;
  readonly mailboxUrl: string;
  readonly mailsSettled: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** What a test does with the service, in the words of the people who use it. */
export class TestIdentity {
  readonly identity: Identity;
  readonly sending: MailSending;
  readonly databases: ThrowAwayDatabase;
  readonly clock: FixedClock;
  readonly url: string;
  readonly pepper: Buffer;
  readonly #around: Surroundings;
  #known: Promise<HashedPassword> | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
    ({
      identity: this.identity,
      sending: this.sending,
      databases: this.databases,
      clock: this.clock,
      url: this.url,
      pepper: this.pepper,
    } = around);
  }

  async organization(): Promise<string> {
    const id = randomUUID();
    const organization = { id, name: 'Riverside Practice', timeZone: 'Europe/London', currency: 'GBP' };
    await createOrganization(this.identity, organization);
    return id;
  }

  /** Enters somebody; staff have an authenticator unless it is given as undefined. */
  async member(given: Partial<Member> & { organizationId: string; roles: readonly Role[] }): Promise<Member> {
    const id = randomUUID();
    const member: Member = {
      id,
      displayName: 'Ada Example',
      email: `person-${id}@example.org`,
      password: PASSWORD,
      ...(!given.roles.includes('CLIENT') && { totpSecret: newTotpSecret() }),
      ...given,
    };
    await enterMember({ ...this.identity, hasher: this.#hasher() }, member);
    return member;
  }

  /** Argon2id is dear by design, and most members have the same password: it is hashed once, as any other. */
  #hasher(): PasswordHasher {
    const { hasher } = this.identity;
    const hash = (password: string) =>
      password === PASSWORD ? (this.#known ??= hasher.hash(PASSWORD)) : hasher.hash(password);
    return { ...hasher, hash };
  }

  anonymous(organizationId: string, more: Partial<Caller> = {}): Caller {
    return callerOf({ kind: 'ANONYMOUS', organizationId, ...more });
  }

  ask(caller: Caller, query: string, variables: Record<string, unknown> = {}): Promise<GraphQLResponse> {
    return requestSubgraph({
      url: this.url,
      service: 'identity',
      caller,
      query,
      variables,
      now: this.clock(),
    });
  }

  /** A step that must be answered; an error fails the test with its code. */
  async step(caller: Caller, query: string, variables: Record<string, unknown>): Promise<Step> {
    const answer = await this.ask(caller, query, variables);
    const [error] = answer.errors;
    if (error) throw new Error(`${error.extensions?.code ?? ''}: ${error.message}`);
    return rootField<Step>(answer);
  }

  start(caller: Caller, given: StartGiven): Promise<Step> {
    const { email, password, deviceToken, proofOfWork, unlockFlow } = given;
    const input = {
      email,
      password,
      ...(deviceToken !== undefined && { deviceToken }),
      ...(proofOfWork !== undefined && { proofOfWork }),
      ...(unlockFlow !== undefined && { unlockFlow }),
    };
    return this.step(caller, START, { input });
  }

  /** As an app does it: whatever work it is asked for, it does. */
  async startWorking(caller: Caller, given: StartGiven): Promise<Step> {
    const step = await this.start(caller, given);
    if (step.__typename !== 'ProofOfWorkRequired') return step;
    return this.start(caller, { ...given, proofOfWork: await solve(step.challenge ?? '') });
  }

  answer(caller: Caller, answer: { flow: string; factor?: string; code: string }): Promise<Step> {
    return this.step(caller, ANSWER, { factor: 'TOTP', ...answer });
  }

  /** Password and, where there is one, the authenticator; the clock moves on to a fresh code. */
  async signIn(member: Member, more: { deviceToken?: string; caller?: Partial<Caller> } = {}): Promise<Step> {
    const { caller, ...device } = more;
    const anonymous = this.anonymous(member.organizationId, caller);
    const step = await this.start(anonymous, { ...member, ...device });
    if (step.__typename !== 'ChallengeRequired') return step;
    this.clock.advance(30_000);
    return this.answer(anonymous, { flow: step.flow ?? '', code: this.codeOf(member.totpSecret) });
  }

  /** The caller that the gateway would make out of an access token. */
  callerFrom({ accessToken = '' }: Step): Caller {
    const [, payload = ''] = accessToken.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, never>;
    return callerOf({
      kind: claims['kind'] ?? 'ANONYMOUS',
      accountId: claims['sub'] ?? null,
      organizationId: claims['org'] ?? null,
      roles: claims['roles'] ?? [],
      sessionId: claims['sid'] ?? null,
      secondFactor: claims['sf'] ?? false,
      authenticatedAt: claims['auth_time'] ?? null,
      emergencyUntil: claims['emg'] ?? null,
      dependants: claims['dep'] ?? [],
      locations: claims['loc'] ?? null,
    });
  }

  /** What an authenticator with this secret shows now, or so many half minutes later. */
  codeOf(secret: string | undefined, stepsLater = 0): string {
    const timestamp = this.clock().getTime() + stepsLater * 30_000;
    return new TOTP({ secret: Secret.fromBase32(secret ?? '') }).generate({ timestamp });
  }

  async mailsTo(address: string): Promise<readonly ReceivedMail[]> {
    await this.#around.mailsSettled();
    const response = await fetch(`${this.#around.mailboxUrl}/api/messages?to=${encodeURIComponent(address)}`);
    return ((await response.json()) as { messages: ReceivedMail[] }).messages;
  }

  /** What one organization has published for the audit log, oldest first. */
  audit(organizationId: string) {
    return this.databases.database.transaction(organizationId, async (tx) => {
      const rows = await tx.query<{
        payload: { action: string; outcome: string; subject: { type: string } };
      }>(
        "SELECT payload FROM outbox WHERE organization_id = $1 AND name = 'audit.recorded' ORDER BY occurred_at",
        [organizationId],
      );
      return rows.map(({ payload }) => payload);
    });
  }

  stop(): Promise<void> {
    return this.#around.stop();
  }
}

/** Opens everything. The clock stands still at an instant until the test moves it. */
export async function openTestIdentity(
  options: { poolMax?: number; addresses?: AddressBookSettings; publicUrl?: string } = {},
): Promise<TestIdentity> {
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
  const mailer = openMailer({
    url: sink.smtpUrl,
    from: 'Kept <no-reply@kept.example>',
    encrypted: false,
  });
  const pepper = randomBytes(32);
  const underWay = new Set<Promise<void>>();
  // The job's own work, without a queue in between; process.test.ts has the queue.
  const nudgeMail: Identity['nudgeMail'] = (mail) => {
    const sent = sendClaimedMail(sending, mail).finally(() => underWay.delete(sent));
    underWay.add(sent);
  };
  const keys = {
    KEPT_ROOT_KEY: randomBytes(32),
    KEPT_PASSWORD_PEPPER: pepper,
    KEPT_TOKEN_KEY: generateKeyPairSync('ed25519').privateKey,
    KEPT_TOKEN_ISSUER: 'https://kept.example',
    ...options.addresses,
    ...(options.publicUrl !== undefined && { KEPT_PUBLIC_URL: options.publicUrl }),
  };
  const identity = await openIdentity(keys, { database: databases.database, clock, nudgeMail, log });
  const linkKeys = [generateKeyPairSync('x25519').privateKey];
  const texts = openTexts({ ...TEXTS, url: sink.pageUrl });
  const sending: MailSending = { identity, mailer, texts, publicUrl: 'https://book.example', linkKeys, log };
  const passportKeys = [testPassportKey('identity')];
  const api = await startApi(identity, { host: '127.0.0.1', port: 0, passportKeys, log });
  const mailsSettled = async () => {
    await identity.watch.settled();
    while (underWay.size > 0) await Promise.allSettled(underWay);
  };
  const stop = async () => {
    await mailsSettled();
    await api.stop();
    identity.hasher.stop();
    await identity.estimator.stop();
    mailer.close();
    await texts.stop();
    await sink.stop();
    await databases.drop();
    await rm(directory, { recursive: true, force: true });
  };
  const { url } = api;
  const mailboxUrl = sink.pageUrl;
  return new TestIdentity({
    identity,
    sending,
    databases,
    clock,
    url,
    pepper,
    mailboxUrl,
    mailsSettled,
    stop,
  });
}
