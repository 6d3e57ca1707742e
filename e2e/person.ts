// Somebody with an account: signs in with password and authenticator, and asks the graph.
import { Secret, TOTP } from 'otpauth';
import { ask, tell, type Asking, type GraphAnswer } from './graph.ts';
import type { Stack } from './stack.ts';

export interface Account {
  readonly email: string;
  readonly password: string;
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

  /** Answers a challenge with the authenticator's present code. */
  async answer(flow: string): Promise<SignInStep> {
    const { challengeAnswer } = await tell<{ challengeAnswer: SignInStep }>(
      this.#stack.graphUrl,
      `mutation ($flow: ID!, $code: String!) { challengeAnswer(flow: $flow, factor: TOTP, code: $code) { ${STEP} } }`,
      {
        organizationId: this.account.organizationId,
        headers: this.#headers,
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
    if (step.__typename !== 'SessionIssued') throw new Error(`Not signed in: ${JSON.stringify(step)}`);
    this.token = step.accessToken;
    this.deviceToken = step.deviceToken;
    return this;
  }

  /** Binds an authenticator and returns the recovery codes. */
  async enrolAuthenticator(): Promise<readonly string[]> {
    const started = await this.tell<{ totpEnrollmentStart: { secret: string } }>(
      `mutation { totpEnrollmentStart { secret uri } }`,
    );
    this.account.totpSecret = started.totpEnrollmentStart.secret;
    const { totpEnrollmentConfirm } = await this.tell<{ totpEnrollmentConfirm: { recoveryCodes: string[] } }>(
      `mutation ($input: TotpEnrollmentConfirmInput!) {
         totpEnrollmentConfirm(input: $input) { __typename ... on TotpEnrolled { recoveryCodes } }
       }`,
      { input: { code: this.code() } },
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
