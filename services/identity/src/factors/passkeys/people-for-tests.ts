// People with passkeys, in the words of the tests about them. Used by tests only.
import type { Caller } from '@kept/passport';
import type { Member } from '../../accounts/enter-member.ts';
import { rootField, STEP, type Step, type TestIdentity } from '../../test-identity.ts';
import { SoftwareAuthenticator, type Lies } from './software-authenticator-for-tests.ts';

export const ORIGIN = 'https://kept.example';

const START = 'mutation ($flow: ID) { passkeyRegistrationStart(flow: $flow) { flow options } }';
const FINISH = `mutation ($input: PasskeyRegistrationInput!) { passkeyRegistrationFinish(input: $input) { __typename
  ... on PasskeyRegistered { recoveryCodes passkey { id kind name inDoubtSince } } } }`;
const SIGN_IN_START = 'mutation { passkeySignInStart { flow options } }';
const SIGN_IN_FINISH = `mutation ($input: PasskeySignInInput!) { passkeySignInFinish(input: $input) { ${STEP} } }`;
const PREPARE = `mutation ($flow: ID!) { challengePrepare(flow: $flow, factor: PASSKEY) { factor message options } }`;
const ANSWER = `mutation ($flow: ID!, $passkey: PasskeyAssertionInput) {
  challengeAnswer(flow: $flow, factor: PASSKEY, passkey: $passkey) { ${STEP} } }`;

export interface Ceremony {
  readonly flow: string;
  readonly options: string;
}
export interface Registered {
  readonly __typename: string;
  readonly recoveryCodes: string[];
  readonly passkey: { readonly id: string; readonly name: string };
}

/** What is done with passkeys, against one service. */
export function passkeyPeople(test: TestIdentity) {
  const begin = async (caller: Caller, flow: string | null = null): Promise<Ceremony> =>
    rootField<Ceremony>(await test.ask(caller, START, { flow }));
  const people = {
    begin,
    beginCode: async (caller: Caller) => (await test.ask(caller, START)).errors[0]?.extensions?.code,
    async finish(caller: Caller, input: Record<string, unknown>): Promise<Registered> {
      return rootField<Registered>(await test.ask(caller, FINISH, { input }));
    },
    async register(
      caller: Caller,
      authenticator: SoftwareAuthenticator,
      more: { flow?: string; lies?: Lies; name?: string } = {},
    ): Promise<Registered> {
      const { flow, options } = await begin(caller, more.flow);
      const passkey = authenticator.create(options, more.lies);
      return people.finish(caller, { flow, ...passkey, ...(more.name !== undefined && { name: more.name }) });
    },
    async challenge(organizationId: string): Promise<Ceremony> {
      return rootField<Ceremony>(await test.ask(test.anonymous(organizationId), SIGN_IN_START));
    },
    answer: (organizationId: string, flow: string, passkey: object): Promise<Step> =>
      test.step(test.anonymous(organizationId), SIGN_IN_FINISH, { input: { flow, passkey } }),
    async signIn(
      organizationId: string,
      authenticator: SoftwareAuthenticator,
      lies: Lies = {},
    ): Promise<Step> {
      const { flow, options } = await people.challenge(organizationId);
      return people.answer(organizationId, flow, authenticator.get(options, lies));
    },
    async prepare(organizationId: string, flow: string): Promise<{ options: string; message: string }> {
      return rootField(await test.ask(test.anonymous(organizationId), PREPARE, { flow }));
    },
    answerSecond: (organizationId: string, flow: string, passkey: object): Promise<Step> =>
      test.step(test.anonymous(organizationId), ANSWER, { flow, passkey }),
    /** A client with a passkey and no other second factor. */
    async client(
      more: { organizationId?: string; counting?: boolean; algorithm?: 'ES256' | 'EdDSA' } = {},
    ): Promise<{ member: Member; authenticator: SoftwareAuthenticator; registered: Registered }> {
      const { organizationId = await test.organization(), ...make } = more;
      const member = await test.member({ organizationId, roles: ['CLIENT'] });
      const authenticator = new SoftwareAuthenticator({ origin: ORIGIN, ...make });
      const caller = test.callerFrom(await test.signIn(member));
      return { member, authenticator, registered: await people.register(caller, authenticator) };
    },
  };
  return people;
}
