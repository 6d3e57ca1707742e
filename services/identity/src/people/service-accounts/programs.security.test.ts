// The hole: a program that passes for a person, or whose key opens something from elsewhere or after its end.
import { openTestIdentity, type TestIdentity } from '../../test-identity.ts';
import {
  claimsOf,
  constraintOf,
  EXCHANGE,
  INVITE,
  KEY,
  newEmail,
  outcome,
  PROGRAM,
  rowsOf,
  signedIn,
  withdrawn,
} from '../people-for-tests.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const inOrganization = <Row>(organizationId: string, sql: string, values: unknown[] = []): Promise<Row[]> =>
  rowsOf<Row>(test, organizationId, [sql, ...values]);

describe('a program', () => {
  it('has its roles and a token of five minutes, from its networks alone, and is never a person', async () => {
    const organizationId = await test.organization();
    const manager = await signedIn(test, { organizationId, roles: ['MANAGER'] });
    const make = (roles: string[]) =>
      test.ask(manager.caller, PROGRAM, { input: { name: 'Front gate', ownerId: manager.member.id, roles } });
    expect(outcome(await make(['MANAGER']))).toContain('A program is neither');
    const { id } = outcome(await make(['BILLING'])) as { id: string };
    const key = async (networks: string[]) =>
      outcome(await test.ask(manager.caller, KEY, { input: { serviceAccountId: id, networks } })) as {
        secret: string;
        key: { id: string; prefix: string };
      };
    const first = await key(['203.0.113.0/24']);
    const from = (networkAddress: string) => test.anonymous(organizationId, { networkAddress });
    const issue = async (secret: string, address = '203.0.113.9') =>
      outcome(await test.ask(from(address), EXCHANGE, { key: secret })) as {
        __typename: string;
        accessToken: string;
      };
    const issued = await issue(first.secret);
    const claims = claimsOf(issued.accessToken);
    expect(claims).toMatchObject({ kind: 'SERVICE', roles: ['BILLING'], sf: false });
    expect(claims.exp).toBe(test.clock().getTime() / 1000 + 300);
    expect((await issue(first.secret, '198.51.100.1')).__typename).toBe('ServiceKeyRefused');
    expect((await issue(`${first.secret.slice(0, -3)}AAA`)).__typename).toBe('ServiceKeyRefused');
    const program = test.callerFrom({ __typename: '', accessToken: issued.accessToken });
    const acting = await test.ask(program, INVITE, { input: { email: newEmail(), roles: ['PROVIDER'] } });
    expect(outcome(acting)).toContain('UNAUTHORIZED');
    // Nothing in the database opens anything, and rotation overlaps: two are good, a third is not made.
    const stored = await inOrganization(
      organizationId,
      'SELECT row_to_json(service_key) AS row FROM service_key',
    );
    expect(JSON.stringify(stored)).not.toContain(first.secret.slice(30));
    const second = await key([]);
    expect((await issue(first.secret)).__typename).toBe('ServiceTokenIssued');
    expect((await issue(second.secret, '198.51.100.1')).__typename).toBe('ServiceTokenIssued');
    expect(await key([])).toContain('Two keys');
    await test.ask(manager.caller, 'mutation ($id: ID!) { revokeServiceKey(id: $id) { revokedAt } }', {
      id: first.key.id,
    });
    expect(await withdrawn(test)).toContain(claims.sid);
    expect((await issue(first.secret)).__typename).toBe('ServiceKeyRefused');
    for (const [sql, constraint] of [
      ["UPDATE account SET roles = '{MANAGER}' WHERE id = $1", 'programs_neither_manage_nor_oversee'],
      [
        "UPDATE session SET second_factor = true, assurance = 'STRONG' WHERE account_id = $1",
        'sessions_of_services_are_never_interactive',
      ],
      [
        'UPDATE service_key SET revoked_at = NULL WHERE account_id = $1 AND revoked_at IS NOT NULL',
        'service_key_only_ends',
      ],
    ] as const)
      expect(await constraintOf(inOrganization(organizationId, sql, [id]))).toBe(constraint);
  });
});
