import type { Member } from '../accounts/enter-member.ts';
import { newTotpSecret } from '../factors/totp.ts';
import { replaceRecoveryCodes } from '../factors/recovery-codes.ts';
import { openTestIdentity, rootField, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity();
  organizationId = await test.organization();
});
afterAll(() => test.stop());

const DISMISS =
  'mutation ($kind: SecurityNudgeKind!) { securityNudgeDismiss(kind: $kind) { kind dismissedUntil } }';
async function nudges(member: Member) {
  const caller = test.callerFrom(await test.signIn(member));
  const ask = async () => {
    const { viewer } = rootFieldOf(await test.ask(caller, '{ viewer { securityNudges { kind message } } }'));
    return viewer.securityNudges.map(({ kind }) => kind);
  };
  return { caller, ask };
}
const rootFieldOf = (answer: { data?: Record<string, unknown> | null | undefined }) =>
  answer.data as { viewer: { securityNudges: { kind: string; message: string }[] } };

it('[AUT-01] a client without a second factor is offered one, and can put that off for ninety days', async () => {
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { caller, ask } = await nudges(client);
  expect(await ask()).toEqual(['ADD_SECOND_FACTOR']);
  const put = await test.ask(caller, DISMISS, { kind: 'ADD_SECOND_FACTOR' });
  expect(rootField<{ dismissedUntil: string }>(put).dismissedUntil).toBe(
    new Date(test.clock().getTime() + 90 * 86_400_000).toISOString(),
  );
  expect(await ask()).toEqual([]);
  // As on the ninetieth day.
  await test.databases.database.transaction(organizationId, (tx) =>
    tx.query('UPDATE nudge_dismissal SET dismissed_until = $1', [test.clock()]),
  );
  expect(await ask()).toEqual(['ADD_SECOND_FACTOR']);
});

it('[AUT-01] whoever has codes that are sent is offered something stronger, and hears nothing of what was put off for another', async () => {
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { caller, ask } = await nudges(client);
  const on = 'mutation { codeFactorEnable(factor: EMAIL_CODE) { enabled } }';
  expect((await test.ask(caller, on)).errors).toEqual([]);
  expect(await ask()).toEqual(['ADD_STRONGER_FACTOR']);
});

it('[AUT-01] says when three recovery codes or fewer are left, to staff as well', async () => {
  const desk = await test.member({ organizationId, roles: ['FRONT_DESK'], totpSecret: newTotpSecret() });
  await test.databases.database.transaction(organizationId, (tx) =>
    replaceRecoveryCodes(test.identity, tx, { accountId: desk.id, now: test.clock() }),
  );
  const { ask } = await nudges(desk);
  expect(await ask()).toEqual([]);
  const use = (left: number) =>
    test.databases.database.transaction(organizationId, (tx) =>
      tx.query(
        `UPDATE recovery_code SET used_at = $2 WHERE id IN (SELECT id FROM recovery_code
           WHERE account_id = $1 ORDER BY id OFFSET $3)`,
        [desk.id, test.clock(), left],
      ),
    );
  await use(4);
  expect(await ask()).toEqual([]);
  await use(3);
  expect(await ask()).toEqual(['RENEW_RECOVERY_CODES']);
});

it('[AUT-01] nobody puts anything off in a session that has ended', async () => {
  const client = await test.member({ organizationId, roles: ['CLIENT'] });
  const { caller } = await nudges(client);
  await test.ask(caller, 'mutation { signOut { endedAt } }');
  const { errors } = await test.ask(caller, DISMISS, { kind: 'ADD_SECOND_FACTOR' });
  expect(errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
});
