// A refresh token is worth a session. One that belongs to a key must not be worth anything without it.
import { openTestIdentity, type Step, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const OWN = 'a'.repeat(43);
const THIEVES = 'b'.repeat(43);
const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) {
  __typename ... on SessionIssued { accessToken refreshToken } } }`;
const boundTo = ({ accessToken = '' }: Step) =>
  (
    JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
      cnf?: { jkt: string };
    }
  ).cnf?.jkt;

async function open(keyThumbprint: string | null) {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const first = await test.signIn(client, { caller: { keyThumbprint } });
  const refresh = (step: Step, key: string | null) =>
    test.step(test.anonymous(organizationId, { keyThumbprint: key }), REFRESH, { token: step.refreshToken });
  return { first, refresh, organizationId };
}

it('[AUT-14] a session that was opened with a proof belongs to its key, in every token', async () => {
  const { first, refresh } = await open(OWN);
  expect(boundTo(first)).toBe(OWN);
  const second = await refresh(first, OWN);
  expect([second.__typename, boundTo(second)]).toEqual(['SessionIssued', OWN]);
});

it.each([THIEVES, null])(
  '[AUT-14] [identity A32] with key %s its refresh token is worth nothing, and the session ends for everybody',
  async (key) => {
    const { first, refresh, organizationId } = await open(OWN);
    expect((await refresh(first, key)).__typename).toBe('SessionEnded');
    expect((await refresh(first, OWN)).__typename).toBe('SessionEnded');
    const reuse = (await test.audit(organizationId)).filter(({ action }) => action === 'authn_token_reuse');
    expect(reuse).toHaveLength(1);
  },
);

it('[AUT-14] a session without a key is given one at a refresh, never another, and is no worse without', async () => {
  const { first, refresh } = await open(null);
  expect(boundTo(first)).toBeUndefined();
  const plain = await refresh(first, null);
  const bound = await refresh(plain, OWN);
  expect([boundTo(plain), boundTo(bound)]).toEqual([undefined, OWN]);
  expect((await refresh(bound, THIEVES)).__typename).toBe('SessionEnded');
});
