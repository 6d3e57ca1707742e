// Somebody with an account: signs in with password and authenticator, and asks the graph.
import { Secret, TOTP } from 'otpauth';
import { ask, tell, type Asking, type GraphAnswer } from './graph.ts';
import type { Stack } from './stack.ts';

export interface Account {
  readonly email: string;
  password: string;
  readonly organizationId: string;
  totpSecret?: string | undefined;
}

interface SignInStep {
  readonly __typename: string;
  readonly flow?: string;
  readonly code?: string;
  readonly accessToken?: string;
  readonly refreshToken?: string;
  readonly deviceToken?: string;
}

const STEP = `
  __typename
  ... on SessionIssued { accessToken refreshToken deviceToken }
  ... on ChallengeRequired { flow factors }
  ... on EnrollmentRequired { flow }
  ... on SignInRejected { code message }`;

export class Person {
  token: string | undefined;
  deviceToken: string | undefined;
  #refreshToken = '';
  readonly account: Account;
  readonly #stack: Stack;
  /** What this person's app says of itself with every request. */
  readonly #headers: Record<string, string>;

  constructor(stack: Stack, account: Account, headers: Record<string, string> = {}) {
    this.#stack = stack;
    this.account = account;
    this.#headers = headers;
  }

  /** The code that this person's authenticator shows now. */
  code(): string {
    const secret = Secret.fromBase32(this.account.totpSecret ?? '');
    return new TOTP({ secret }).generate({ timestamp: this.#stack.clock.now().getTime() });
  }

  /** Asks for an account with this person's address and password. */
  async signUp(about: { displayName: string; phone: string }): Promise<{ __typename: string; flow: string }> {
    const { email, password, organizationId } = this.account;
    const { signUp } = await tell<{ signUp: { __typename: string; flow: string } }>(
      this.#stack.graphUrl,
      `mutation ($input: SignUpInput!) { signUp(input: $input) { __typename ... on SignUpAccepted { flow } } }`,
      { organizationId, headers: this.#headers, variables: { input: { email, password, ...about } } },
    );
    return signUp;
  }

  async confirmAddress(flow: string, code: string): Promise<string> {
    const { confirmAddress } = await tell<{ confirmAddress: { __typename: string } }>(
      this.#stack.graphUrl,
      `mutation ($input: ConfirmAddressInput!) { confirmAddress(input: $input) { __typename } }`,
      {
        organizationId: this.account.organizationId,
        headers: this.#headers,
        variables: { input: { flow, code } },
      },
    );
    return confirmAddress.__typename;
  }

  /** The first step of a sign-in, from this person's device unless `deviceToken` is given as null. */
  async start(password = this.account.password, deviceToken = this.deviceToken ?? null): Promise<SignInStep> {
    const { signInStart } = await tell<{ signInStart: SignInStep }>(
      this.#stack.graphUrl,
      `mutation ($input: SignInStartInput!) { signInStart(input: $input) { ${STEP} } }`,
      {
        organizationId: this.account.organizationId,
        headers: this.#headers,
        variables: { input: { email: this.account.email, password, deviceToken } },
      },
    );
    return signInStart;
  }

  /** Answers a challenge with the authenticator's present code; one of a step-up in the session that goes on. */
  async answer(flow: string, inSession = false): Promise<SignInStep> {
    const { challengeAnswer } = await tell<{ challengeAnswer: SignInStep }>(
      this.#stack.graphUrl,
      `mutation ($flow: ID!, $code: String!) { challengeAnswer(flow: $flow, factor: TOTP, code: $code) { ${STEP} } }`,
      {
        organizationId: this.account.organizationId,
        headers: this.#headers,
        token: inSession ? this.token : undefined,
        variables: { flow, code: this.code() },
      },
    );
    return challengeAnswer;
  }

  /** Signs in whole, with the second factor where there is one. A code works once, so the clock moves on by one step. */
  async signIn(): Promise<this> {
    let step = await this.start();
    if (step.__typename === 'ChallengeRequired' && step.flow) {
      await this.#stack.clock.advance({ seconds: 30 });
      step = await this.answer(step.flow);
    }
    return this.keep(step);
  }

  /** Goes on with the tokens of a step; throws when it was none that signs in. */
  keep(step: SignInStep): this {
    if (step.__typename !== 'SessionIssued') throw new Error(`Not signed in: ${JSON.stringify(step)}`);
    this.token = step.accessToken;
    this.deviceToken = step.deviceToken;
    this.#refreshToken = step.refreshToken ?? '';
    return this;
  }

  /** Exchanges the refresh token, as an app does when it is opened again; what became of it. */
  async refresh(): Promise<string> {
    const { refreshSession: step } = await tell<{ refreshSession: SignInStep }>(
      this.#stack.graphUrl,
      `mutation ($refresh: String!, $device: String) {
         refreshSession(refreshToken: $refresh, deviceToken: $device) { __typename
           ... on SessionIssued { accessToken refreshToken deviceToken } } }`,
      { headers: this.#headers, variables: { refresh: this.#refreshToken, device: this.deviceToken } },
    );
    if (step.__typename === 'SessionIssued') this.keep(step);
    return step.__typename;
  }

  /** Proves with the authenticator, in this session, who is using it. */
  async stepUp(): Promise<void> {
    const { stepUpStart } = await this.tell<{ stepUpStart: { flow: string } }>(
      'mutation { stepUpStart { flow } }',
    );
    await this.#stack.clock.advance({ seconds: 30 });
    this.keep(await this.answer(stepUpStart.flow, true));
  }

  /** Binds an authenticator and returns the recovery codes; with the flow of `EnrollmentRequired` before there is a session. */
  async enrolAuthenticator(flow?: string): Promise<readonly string[]> {
    const asking = { organizationId: this.account.organizationId, token: this.token, headers: this.#headers };
    const { totpEnrollmentStart } = await tell<{ totpEnrollmentStart: { secret: string } }>(
      this.#stack.graphUrl,
      `mutation ($flow: ID) { totpEnrollmentStart(flow: $flow) { secret uri } }`,
      { ...asking, variables: { flow } },
    );
    this.account.totpSecret = totpEnrollmentStart.secret;
    const { totpEnrollmentConfirm } = await tell<{ totpEnrollmentConfirm: { recoveryCodes: string[] } }>(
      this.#stack.graphUrl,
      `mutation ($input: TotpEnrollmentConfirmInput!) {
         totpEnrollmentConfirm(input: $input) { __typename ... on TotpEnrolled { recoveryCodes } }
       }`,
      { ...asking, variables: { input: { flow, code: this.code() } } },
    );
    return totpEnrollmentConfirm.recoveryCodes;
  }

  ask<Data>(query: string, asking: Asking = {}): Promise<GraphAnswer<Data>> {
    const headers = { ...this.#headers, ...asking.headers };
    return ask<Data>(this.#stack.graphUrl, query, { token: this.token, ...asking, headers });
  }

  tell<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    return tell<Data>(this.#stack.graphUrl, query, { token: this.token, headers: this.#headers, variables });
  }
}
