// The hole these keep closed: two devices of one person that sign in beside each other and hold the password together, and a
// change of it that neither waits for them nor ends them: whoever knew the one before would stay (A36).
import type { Transaction } from '@kept/database';
import { eventually } from '@kept/testing';
import { findByAddress } from '../accounts/find-account.ts';
import type { Member } from '../accounts/enter-member.ts';
import { CHANGE, type PasswordAnswer } from '../password-change/operations-for-tests.ts';
import { rotateCredentials } from '../keys/rotate-credentials.ts';
import { isInForce } from '../passwords/look-at-password.ts';
import { requirePasswordChange } from '../passwords/require-password-change.ts';
import { openTestIdentity, PASSWORD, rootField, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
let organizationId: string;
let member: Member;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());
beforeEach(async () => {
  organizationId = await test.organization();
  member = await test.member({ organizationId, roles: ['CLIENT'] });
});

const within = <Result>(work: (tx: Transaction) => Promise<Result>) =>
  test.databases.database.transaction(organizationId, work);

/** A sign-in that has verified the password and has not committed yet. */
async function holdPassword(tx: Transaction): Promise<void> {
  const account = await findByAddress(test.identity, tx, member.email);
  if (!account) throw new Error('There is no such account.');
  expect(await isInForce(tx, account, {})).toBe(true);
}

async function changePassword(session: Awaited<ReturnType<TestIdentity['signIn']>>, at: number) {
  const input = { currentPassword: PASSWORD, newPassword: `Copper-Meadow-${at}1-Violin` };
  return rootField<PasswordAnswer>(await test.ask(test.callerFrom(session), CHANGE, { input })).__typename;
}

const liveSessions = () =>
  within((tx) => tx.query('SELECT id FROM session WHERE account_id = $1 AND ended_at IS NULL', [member.id]));

const waitsForRow = () =>
  within(async (tx) => {
    const waiting = await tx.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
         AND query LIKE '%password_credential%'`,
    );
    return waiting.length > 0 || null;
  });

it('[identity A36] a second device signs in while the sign-in of the first one is not over', async () => {
  const second = await within(async (tx) => {
    await holdPassword(tx);
    return test.signIn(member);
  });
  expect(second.__typename).toBe('SessionIssued');
});

it('[identity A36] a change of the password waits for the sign-ins of both devices', async () => {
  const session = await test.signIn(member);
  const done: string[] = [];
  let change: Promise<string> | undefined;
  await within(async (first) => {
    await holdPassword(first);
    await within(async (second) => {
      await holdPassword(second);
      change = changePassword(session, 0).finally(() => void done.push('changed'));
      await eventually(async () => done.length > 0 || waitsForRow());
      done.push('second');
    });
    await eventually(async () => done.length > 1 || waitsForRow());
    done.push('first');
  });
  expect(await change).toBe('PasswordChanged');
  expect(done).toEqual(['second', 'first', 'changed']);
});

it('[identity A36] no session of the password before outlives its change, however sign-ins fall beside it', async () => {
  const session = await test.signIn(member);
  const outcomes = await Promise.all([
    ...Array.from({ length: 4 }, () => test.signIn(member)),
    changePassword(session, 1).then((__typename) => ({ __typename })),
  ]);
  expect(outcomes.at(-1)).toEqual({ __typename: 'PasswordChanged' });
  expect(await liveSessions()).toHaveLength(1);
});

it('[identity A36] everybody’s credentials are replaced in the middle of a sign-in: neither is undone, and its session ends', async () => {
  const runs = { rotation: 0, signIn: 0 };
  let rotation: Promise<unknown> | undefined;
  await within(async (tx) => {
    runs.signIn += 1;
    await holdPassword(tx);
    rotation ??= within((other) => {
      runs.rotation += 1;
      return rotateCredentials(other, {
        scope: 'EVERYBODY',
        accountIds: [],
        overlapMinutes: 0,
        reason: 'A laptop was stolen.',
        by: { kind: 'SERVICE', accountId: null, requestId: 'r' },
        now: test.clock(),
      });
    });
    await eventually(waitsForRow);
    // What a sign-in does next: its flow, its session and its device name the account.
    await tx.query('SELECT FROM account WHERE id = $1 FOR KEY SHARE', [member.id]);
  });
  await rotation;
  expect(runs).toEqual({ rotation: 1, signIn: 1 });
  expect((await test.start(test.anonymous(organizationId), member)).__typename).not.toBe('SessionIssued');
});

it('[identity A36] a mark on a password waits for who is signing in with it, and is there for the next', async () => {
  let mark: Promise<unknown> | undefined;
  await within(async (tx) => {
    await holdPassword(tx);
    mark = within((other) => requirePasswordChange(other, [member.id], 'COMPROMISED'));
    await eventually(waitsForRow);
  });
  await mark;
  const next = await test.start(test.anonymous(organizationId), member);
  expect(next.__typename).toBe('ChallengeRequired');
});
