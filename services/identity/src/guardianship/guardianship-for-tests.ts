/** How guardians and staff write down who answers for whom, for tests. */
import type { Caller } from '@kept/passport';
import { signedIn } from '../people/people-for-tests.ts';
import type { TestIdentity } from '../test-identity.ts';

export const BEGIN = `mutation ($input: BeginGuardianshipInput!) { beginGuardianship(input: $input) {
  id kind endsAt endedAt guardianId dependantId } }`;
export const CONFIRM = `mutation ($input: ConfirmGuardianshipInput!) { confirmGuardianship(input: $input) {
  id kind confirmedBy { id } reason dependantId } }`;
export const END =
  'mutation ($input: EndGuardianshipInput!) { endGuardianship(input: $input) { id endedAt } }';
export const OFFER = `mutation ($input: OfferOwnAccountInput!) { offerOwnAccount(input: $input) { dependantId expiresAt } }`;
export const ACCEPT = `mutation ($input: AcceptOwnAccountInput!) { acceptOwnAccount(input: $input) { __typename
  ... on OwnAccountTaken { clientId } ... on OwnAccountRefused { message } ... on PasswordRefused { reasons { code } } } }`;
export const GUARDIAN_OF = '{ viewer { guardianOf { id dependant { id displayName } } } }';
export const CLIENT = 'query ($id: ID!) { client(id: $id) { id displayName guardians { guardian { id } } } }';

export const COMES_OF_AGE = '2036-05-01T00:00:00.000Z';
export const SEEN = 'A birth certificate that names both parents was shown.';

export interface Answer {
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly value: Record<string, never>;
}

/** What the one field answered, or how it was refused. */
export async function act(
  test: TestIdentity,
  caller: Caller,
  { query, input, id }: { query: string; input?: Record<string, unknown>; id?: string },
): Promise<Answer> {
  const { data, errors } = await test.ask(caller, query, {
    ...(input && { input }),
    ...(id !== undefined && { id }),
  });
  const [error] = errors;
  return {
    code: error?.extensions?.code,
    message: error?.message,
    value: (Object.values(data ?? {})[0] ?? {}) as Record<string, never>,
  };
}

/** A client who has signed in and answers for a child; the caller is who they are after a refresh. */
export async function parent(test: TestIdentity, organizationId: string, name = 'Robin Example') {
  const who = await signedIn(test, { organizationId, roles: ['CLIENT'] });
  const begun = await act(test, who.caller, {
    query: BEGIN,
    input: { displayName: name, endsAt: COMES_OF_AGE },
  });
  if (begun.code) throw new Error(`${begun.code}: ${begun.message}`);
  const id = String(begun.value['id']);
  const childId = String(begun.value['dependantId']);
  const caller: Caller = { ...who.caller, dependants: [childId] };
  return { ...who, id, childId, caller };
}
