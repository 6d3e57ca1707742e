// The hole: a network that writes its address in many ways counts as many; and one that is blocked keeps its neighbours out.
import { randomBytes, randomUUID } from 'node:crypto';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';

// The password was looked at and right. A new device may be asked for a mailed code as well (risk/).
const IN = /^(SessionIssued|ChallengeRequired)$/;

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

it('[identity A11] however an IPv6 address is written and wherever it lies in its /64, it is one network', async () => {
  const organizationId = await test.organization();
  const forms = [
    '2001:DB8:1:2::1',
    '2001:db8:0001:0002:ffff::',
    '2001:db8:1:2:0:0:0:9',
    '2001:db8:1:2:a:b:c:d',
  ];
  const tryFrom = (networkAddress: string, at: number) =>
    test.start(test.anonymous(organizationId, { networkAddress }), {
      email: `nobody-${at}-${randomUUID()}@example.org`,
      password: `Wrong-Password-${at}`,
    });
  for (let at = 0; at < 10; at += 1) await tryFrom(forms[at % forms.length] ?? '', at);
  await test.identity.watch.settled();
  expect((await tryFrom('2001:db8:1:2:dead:beef::', 10)).__typename).toBe('ProofOfWorkRequired');
  expect((await tryFrom('2001:db8:1:3::1', 11)).code).toBe('BAD_CREDENTIALS');
});

/** What the watch sees of a network that tries twenty addresses. */
async function block(organizationId: string, networkAddress: string) {
  for (let at = 0; at < 20; at += 1) {
    const identifier = randomBytes(32);
    const failure = { organizationId, identifier, networkAddress, accountId: null, requestId: null };
    test.identity.watch.failed({ ...failure, isKnownDevice: false });
  }
  await test.identity.watch.settled();
}

it('[identity A11] a blocked network does not keep a known device out', async () => {
  const organizationId = await test.organization();
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const networkAddress = '::ffff:203.0.113.77';
  const { deviceToken = '' } = await test.signIn(client, { caller: { networkAddress } });
  await block(organizationId, '203.0.113.77');
  await expect(test.signIn(client, { caller: { networkAddress } })).rejects.toThrow('RATE_LIMITED');
  const known = await test.start(test.anonymous(organizationId, { networkAddress }), {
    ...client,
    deviceToken,
  });
  expect(known.__typename).toMatch(IN);
});

it('[identity A13] failures count and work is asked for however an attempt is written, and at no other address than this one', async () => {
  const organizationId = await test.organization();
  const caller = test.anonymous(organizationId, { networkAddress: null });
  const { email } = await test.member({ organizationId, roles: ['CLIENT'] });
  const asked = '__typename ... on SignInRejected { code }';
  let attempts = 0;
  const input = () => ({ email, password: `Wrong-Password-${(attempts += 1)}` });
  const literal = () => {
    const { password } = input();
    return `signInStart(input: { email: "${email}", password: "${password}" })`;
  };
  const ways: (readonly [() => string, (() => object)?])[] = [
    [
      () => `mutation ($input: SignInStartInput!) { signInStart(input: $input) { ${asked} } }`,
      () => ({ input: input() }),
    ],
    [() => `mutation Innocent { services: ${literal()} { ${asked} } }`],
    [
      () =>
        `mutation { ...F } fragment F on Mutation { ... @include(if: true) { ${literal()} { ${asked} } } }`,
    ],
    [() => `mutation { ${literal()} { ${asked} } }`.replace(email, email.toUpperCase())],
    [() => `mutation { ${literal()} { ${asked} } }`.replace('@', '\\u0040')],
  ];
  const seen: unknown[] = [];
  for (const [query, variables] of ways) {
    const { data } = await test.ask(caller, query(), { ...variables?.() });
    const [step] = Object.values(data ?? {}) as { __typename: string; code?: string }[];
    seen.push(step?.code ?? step?.__typename);
  }
  expect(seen).toEqual([
    ...Array<string>(3).fill('BAD_CREDENTIALS'),
    'ProofOfWorkRequired',
    'ProofOfWorkRequired',
  ]);
  // The subgraph has one door as well, and it is not found under another spelling.
  for (const [method, path] of [
    ['POST', '/graphql/'],
    ['POST', '//graphql'],
    ['POST', '/GraphQL'],
    ['GET', '/graphql?query=%7B__typename%7D'],
  ] as const)
    expect((await fetch(test.url + path, { method })).status).toBe(404);
});
