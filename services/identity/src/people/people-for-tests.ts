import { randomUUID } from 'node:crypto';
import type { Caller, Role } from '@kept/passport';
import type { GraphQLResponse } from '@kept/testing';
import type { Member } from '../accounts/enter-member.ts';
import type { Step, TestIdentity } from '../test-identity.ts';
import { onOffboardingAnswered } from './offboarding/note-answer.ts';

export const newEmail = (name = 'person'): string => `${name}-${randomUUID().slice(0, 8)}@example.org`;

/** Somebody on the staff who has just signed in. */
export async function signedIn(
  test: TestIdentity,
  { organizationId, roles }: { organizationId: string; roles: readonly Role[] },
): Promise<{ member: Member; step: Step; caller: Caller }> {
  const member = await test.member({ organizationId, roles });
  const step = await test.signIn(member);
  return { member, step, caller: test.callerFrom(step) };
}

/** The answer of the one field, or a line that says how it was refused. */
export function outcome({ data, errors }: GraphQLResponse): unknown {
  const [error] = errors;
  return error ? `${error.extensions?.code ?? ''}: ${error.message}` : Object.values(data ?? {})[0];
}

export const INVITE = `mutation ($input: InviteStaffInput!) {
  inviteStaff(input: $input) { id email roles invitedBy { id } expiresAt } }`;
export const ACCEPT = `mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename
  ... on InvitationAccepted { staffMemberId } ... on InvitationRefused { message } ... on PasswordRefused { reasons { code } } } }`;

/** The token that stands behind the # of the newest invitation to an address. */
export async function invitationFor(test: TestIdentity, email: string): Promise<string> {
  const mail = (await test.mailsTo(email)).findLast(({ text }) => text.includes('/invitation#'));
  return /\/invitation#(\S+)/.exec(mail?.text ?? '')?.[1] ?? 'none';
}

/** Withdrawn since: sessions and tokens that gateways refuse. */
export async function withdrawn(test: TestIdentity): Promise<ReadonlySet<string>> {
  const rows = await test.databases.database.infrastructure('withdrawals in a test', (tx) =>
    tx.query<{ id: string }>('SELECT id FROM access_withdrawal'),
  );
  return new Set(rows.map(({ id }) => id));
}

/** The name of the constraint that a statement breaks. */
export const constraintOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => 'done',
    (error: { constraint?: string; driverError?: { constraint?: string } }) =>
      error.constraint ?? error.driverError?.constraint,
  );

/** Rows of one organization, past the graph. */
export const rowsOf = <Row>(
  test: TestIdentity,
  organizationId: string,
  [sql, ...values]: readonly [string, ...unknown[]],
): Promise<Row[]> => test.databases.database.transaction(organizationId, (tx) => tx.query<Row>(sql, values));

export const PROGRAM = `mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { id serviceName roles } }`;
export const KEY = `mutation ($input: CreateServiceKeyInput!) { createServiceKey(input: $input) { secret key { id prefix } } }`;
export const EXCHANGE = `mutation ($key: String!) { serviceTokenIssue(key: $key) { __typename ... on ServiceTokenIssued { accessToken } } }`;

/** What an access token says. */
export const claimsOf = (accessToken: string) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
    sid: string;
    kind: string;
    roles: string[];
    exp: number;
    sf: boolean;
  };

/** Another service says that it has ended what it gave. */
export const answerOffboarding = (
  test: TestIdentity,
  of: {
    organizationId: string;
    publisher: 'scheduling' | 'payments' | 'compliance';
    staffMemberId: string;
    offboardingId: string;
  },
): Promise<void> => {
  const { organizationId, publisher, ...who } = of;
  const now = test.clock();
  return test.databases.database.transaction(organizationId, (tx) =>
    onOffboardingAnswered(tx, {
      id: randomUUID(),
      name: 'offboarding.answered',
      organizationId,
      publisher,
      occurredAt: now,
      receivedAt: now,
      payload: { ...who, counts: { calendarFeeds: 2 } },
    }),
  );
};
