// The hole this keeps closed: a token goes on saying what was true once: that somebody has roles although their training is over,
// or none although they have passed.
import { randomUUID } from 'node:crypto';
import { readWithdrawals } from '../control/withdrawals.ts';
import { openTestIdentity, type Step, type TestIdentity } from '../test-identity.ts';
import { onTrainingCompleted } from './on-training-completed.ts';

let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity();
  organizationId = await test.organization();
});
afterAll(() => test.stop());

const claimsOf = ({ accessToken = '' }: Step) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
    trn: boolean;
    roles: string[];
    sid: string;
    gen: number;
    exp: number;
  };
const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename
  ... on SessionIssued { accessToken refreshToken } } }`;
const refresh = ({ refreshToken }: Step) =>
  test.step(test.anonymous(organizationId), REFRESH, { token: refreshToken });
const completed = (staffMemberId: string, validUntil: Date, waived = false) =>
  test.databases.database.transaction(organizationId, (tx) =>
    onTrainingCompleted(tx, {
      id: randomUUID(),
      organizationId,
      occurredAt: test.clock(),
      receivedAt: test.clock(),
      name: 'training.completed',
      publisher: 'compliance',
      payload: { staffMemberId, module: 'onboarding', waived, validUntil: validUntil.toISOString() },
    }),
  );
const later = (ms: number) => new Date(test.clock().getTime() + ms);
const withdrawn = async (sid: string) => {
  const { withdrawals } = await test.databases.database.infrastructure('test', (tx) => readWithdrawals(tx));
  return withdrawals.filter(({ id }) => id === sid);
};

it('[TRN-01] who is not trained has a token without roles; passing withdraws it, and the next one has them', async () => {
  const member = await test.member({ organizationId, roles: ['FRONT_DESK'], trained: false });
  const session = await test.signIn(member);
  const before = claimsOf(session);
  expect(before).toMatchObject({ trn: false, roles: [] });
  await completed(member.id, later(365 * 24 * 3_600_000));
  expect(await withdrawn(before.sid)).toEqual([{ kind: 'TOKENS', id: before.sid, generation: 1 }]);
  expect(claimsOf(await refresh(session))).toMatchObject({ trn: true, roles: ['FRONT_DESK'], gen: 1 });
});

it('[identity A51] a training that ends takes the roles with it, to the second', async () => {
  const member = await test.member({ organizationId, roles: ['FRONT_DESK'], trained: false });
  await completed(member.id, later(60_000));
  const session = await test.signIn(member);
  // The clock went on for the code of the authenticator: half a minute is left.
  expect(claimsOf(session).exp).toBe(Math.floor(later(30_000).getTime() / 1000));
  test.clock.advance(30_000);
  expect(claimsOf(await refresh(session))).toMatchObject({ trn: false, roles: [] });
});

it('what is valid longer stays, in whatever order one hears of it; clients have nothing to learn', async () => {
  const member = await test.member({ organizationId, roles: ['FRONT_DESK'], trained: false });
  await completed(member.id, later(1_000_000_000));
  await completed(member.id, later(1_000_000), true);
  const [row] = await test.databases.database.transaction(organizationId, (tx) =>
    tx.query<{ trained_until: Date }>('SELECT trained_until FROM account WHERE id = $1', [member.id]),
  );
  expect(row?.trained_until).toEqual(later(1_000_000_000));
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  expect(claimsOf(await test.signIn(client))).toMatchObject({ trn: true, roles: ['CLIENT'] });
});
