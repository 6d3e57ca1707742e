// Whoever answers for a child can do for it what a client may, and nothing besides; and it is over when it is over. The holes:
// becoming somebody's guardian in order to read them, keeping access after the end, a way to sign in as whoever has none.
import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { constraintOf, newEmail, signedIn, withdrawn } from '../people/people-for-tests.ts';
import { openTestIdentity, PASSWORD, type TestIdentity } from '../test-identity.ts';
import { dependantsOf } from './guardianship.ts';
import {
  ACCEPT,
  act,
  CLIENT,
  COMES_OF_AGE,
  CONFIRM,
  END,
  OFFER,
  parent,
  SEEN,
} from './guardianship-for-tests.ts';

let test: TestIdentity;
let organizationId: string;
beforeAll(async () => {
  test = await openTestIdentity();
  organizationId = await test.organization();
});
afterAll(() => test.stop());

const confirm = (of: { guardianId: string; dependantId: string }) => ({
  query: CONFIRM,
  input: { kind: 'CHILD', endsAt: COMES_OF_AGE, reason: SEEN, ...of },
});
const inDatabase = <Row = unknown>(sql: string, parameters: unknown[] = []) =>
  test.databases.database.transaction(organizationId, (tx) => tx.query<Row>(sql, parameters));
const write = (of: {
  guardianId: string;
  dependantId: string;
  organizationId?: string;
  kind?: string;
  days?: number;
}) =>
  constraintOf(
    inDatabase(
      `INSERT INTO guardianship (id, organization_id, guardian_id, dependant_id, kind, began_at, ends_at)
       VALUES ($1, $2, $3, $4, $5, $6, $6::timestamptz + make_interval(days => $7))`,
      [
        randomUUID(),
        of.organizationId ?? organizationId,
        of.guardianId,
        of.dependantId,
        of.kind ?? 'CHILD',
        test.clock(),
        of.days ?? 365,
      ],
    ),
  );

it('[identity A44] nobody becomes the guardian of an account holder, of another organization’s client, of staff or of themselves', async () => {
  const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
  const { member: eve, childId } = await parent(test, organizationId);
  const holder = await test.member({ organizationId, roles: ['CLIENT'] });
  const elsewhere = await parent(test, await test.organization());
  const ask = async (guardianId: string, dependantId: string) => {
    const { code, message } = await act(test, desk.caller, confirm({ guardianId, dependantId }));
    return `${code ?? ''}: ${message ?? ''}`;
  };
  expect(await ask(eve.id, holder.id)).toContain('account of their own');
  for (const stranger of [elsewhere.childId, elsewhere.member.id, desk.member.id, randomUUID()])
    expect(await ask(eve.id, stranger)).toMatch(/^NOT_FOUND/);
  expect(await ask(elsewhere.member.id, childId)).toMatch(/^NOT_FOUND/);
  expect(await ask(eve.id, eve.id)).toMatch(/^BAD_INPUT/);
  // A client confirms nothing, and names nobody who is a client already.
  const own = await act(
    test,
    (await parent(test, organizationId)).caller,
    confirm({ guardianId: eve.id, dependantId: childId }),
  );
  expect(own.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
});

it('[identity A44] what no use case writes, the database refuses as well, under its own name', async () => {
  const { member, childId } = await parent(test, organizationId);
  const other = await parent(test, organizationId);
  const elsewhere = await test.organization();
  const holder = await test.member({ organizationId, roles: ['CLIENT'] });
  expect(await write({ guardianId: childId, dependantId: childId })).toBe('guardians_have_an_account');
  expect(await write({ guardianId: other.childId, dependantId: childId })).toBe('guardians_have_an_account');
  expect(await write({ guardianId: member.id, dependantId: holder.id })).toBe(
    'dependants_have_no_account_of_their_own',
  );
  expect(await write({ guardianId: member.id, dependantId: childId })).toBe('one_live_guardianship_per_pair');
  expect(await write({ guardianId: holder.id, dependantId: childId, kind: 'ADULT' })).toBe(
    'guardianships_of_adults_are_confirmed',
  );
  expect(await write({ guardianId: holder.id, dependantId: childId, days: 8_000 })).toBe(
    'a_guardianship_ends',
  );
  expect(await write({ guardianId: holder.id, dependantId: childId, days: 0 })).toBe('a_guardianship_ends');
  expect(await write({ guardianId: holder.id, dependantId: childId, organizationId: elsewhere })).not.toBe(
    'done',
  );
});

it('[identity A36] the end is felt at once: by hand, by an account of their own, and by the clock', async () => {
  const ended = await parent(test, organizationId);
  const before = await withdrawn(test);
  await act(test, ended.caller, { query: END, input: { id: ended.id } });
  expect(before.has(ended.caller.sessionId ?? '')).toBe(false);
  expect((await withdrawn(test)).has(ended.caller.sessionId ?? '')).toBe(true);

  const handed = await parent(test, organizationId);
  const email = newEmail('robin');
  await act(test, handed.caller, { query: OFFER, input: { dependantId: handed.childId, email } });
  const token = /\/own-account#(\S+)/.exec((await test.mailsTo(email)).at(-1)?.text ?? '')?.[1] ?? 'none';
  await act(test, test.anonymous(organizationId), { query: ACCEPT, input: { token, password: PASSWORD } });
  expect((await withdrawn(test)).has(handed.caller.sessionId ?? '')).toBe(true);

  const grown = await parent(test, organizationId);
  const day = new Date(COMES_OF_AGE);
  const at = (now: Date) =>
    test.databases.database.transaction(organizationId, (tx) => dependantsOf(tx, grown.member.id, now));
  expect(await at(new Date(day.getTime() - 1))).toHaveLength(1);
  expect(await at(day)).toEqual([]);
});

it('[identity A44] a guardian reaches their own dependant, and one who is none reaches neither client nor guardianship', async () => {
  const family = await parent(test, organizationId);
  const stranger = await parent(test, organizationId);
  expect((await act(test, stranger.caller, { query: CLIENT, id: family.childId })).code).toBe('NOT_FOUND');
  expect((await act(test, stranger.caller, { query: END, input: { id: family.id } })).code).toBe('NOT_FOUND');
  const offer = { query: OFFER, input: { dependantId: family.childId, email: newEmail() } };
  expect((await act(test, stranger.caller, offer)).code).toBe('NOT_FOUND');
  // Not even with a token that says so: what a guardianship is asked for, the rows answer.
  const forged = { ...stranger.caller, dependants: [family.childId] };
  expect((await act(test, forged, offer)).code).toBe('NOT_FOUND');
  expect((await act(test, forged, { query: END, input: { id: family.id } })).code).toBe('NOT_FOUND');
});

it('[identity A10] whoever somebody answers for has no way to a session, and none is made for them', async () => {
  const { childId } = await parent(test, organizationId);
  const [session] = await inDatabase<{ id: string }>("SELECT id FROM session WHERE kind = 'CLIENT' LIMIT 1");
  const copied = inDatabase(
    `INSERT INTO session SELECT (jsonb_populate_record(s, jsonb_build_object('id', $2::text, 'account_id', $3::text))).*
     FROM session s WHERE id = $1`,
    [session?.id, randomUUID(), childId],
  );
  expect(await constraintOf(copied)).toBe('clients_without_an_address_have_no_session');
  const rows = await inDatabase<{ n: number }>(
    `SELECT (SELECT count(*) FROM password_credential WHERE account_id = $1)::int
       + (SELECT count(*) FROM session WHERE account_id = $1)::int AS n`,
    [childId],
  );
  expect(rows).toEqual([{ n: 0 }]);
});

it('[identity A24] an account is handed over by a fresh session of who answers; staff go round nobody', async () => {
  const family = await parent(test, organizationId);
  const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
  const offer = (email: string) => ({ query: OFFER, input: { dependantId: family.childId, email } });
  expect((await act(test, desk.caller, offer(newEmail()))).message).toContain('they offer the account');
  test.clock.advance(16 * 60_000);
  expect((await act(test, family.caller, offer(newEmail()))).code).toBe('STEP_UP_REQUIRED');
  await act(test, family.caller, { query: END, input: { id: family.id } });
  const again = await test.signIn(desk.member);
  expect((await act(test, test.callerFrom(again), offer(newEmail()))).code).toBeUndefined();
});

it('[identity A22] a link that was sent before another, is a week old, or is for a taken address opens nothing', async () => {
  const { caller, childId } = await parent(test, organizationId);
  const taken = await test.member({ organizationId, roles: ['CLIENT'] });
  const offer = async (email: string) => {
    await act(test, caller, { query: OFFER, input: { dependantId: childId, email } });
    return /\/own-account#(\S+)/.exec((await test.mailsTo(email)).at(-1)?.text ?? '')?.[1] ?? 'none';
  };
  const accept = async (token: string) =>
    (await act(test, test.anonymous(organizationId), { query: ACCEPT, input: { token, password: PASSWORD } }))
      .value;
  const first = await offer(newEmail());
  const second = await offer(taken.email);
  expect(await accept(first)).toMatchObject({ __typename: 'OwnAccountRefused' });
  expect(await accept(second)).toMatchObject({
    message: expect.stringContaining('has an account here') as string,
  });
  const third = await offer(newEmail());
  expect(await accept(`${third.slice(0, -2)}AA`)).toMatchObject({ __typename: 'OwnAccountRefused' });
  test.clock.advance(7 * 24 * 3_600_000);
  expect(await accept(third)).toMatchObject({ __typename: 'OwnAccountRefused' });
});

it('[identity A31] of two who become guardians at once, as many are as there may be', async () => {
  const { childId } = await parent(test, organizationId);
  const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
  const others = await Promise.all(
    Array.from({ length: 4 }, () => test.member({ organizationId, roles: ['CLIENT'] })),
  );
  const answers = await Promise.all(
    others.map(({ id }) => act(test, desk.caller, confirm({ guardianId: id, dependantId: childId }))),
  );
  expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
});

it('[identity A38] links in mails to whoever answered open nothing once they do so no longer', async () => {
  const changed = async (clientId: string) =>
    (
      await inDatabase<{ n: number }>(
        "SELECT count(*)::int AS n FROM outbox WHERE name = 'contact.changed' AND payload ->> 'clientId' = $1",
        [clientId],
      )
    )[0]?.n;
  const ended = await parent(test, organizationId);
  await act(test, ended.caller, { query: END, input: { id: ended.id } });
  await act(test, ended.caller, { query: END, input: { id: ended.id } });
  expect(await changed(ended.childId)).toBe(1);
  const handed = await parent(test, organizationId);
  const email = newEmail('robin');
  await act(test, handed.caller, { query: OFFER, input: { dependantId: handed.childId, email } });
  const token = /\/own-account#(\S+)/.exec((await test.mailsTo(email)).at(-1)?.text ?? '')?.[1] ?? 'none';
  await act(test, test.anonymous(organizationId), { query: ACCEPT, input: { token, password: PASSWORD } });
  expect(await changed(handed.childId)).toBe(1);
});

it('[identity A24] what somebody offered who answers no longer, or before somebody else did, opens nothing', async () => {
  const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
  const offered = async () => {
    const family = await parent(test, organizationId);
    const email = newEmail('mine');
    await act(test, family.caller, { query: OFFER, input: { dependantId: family.childId, email } });
    const token = /\/own-account#(\S+)/.exec((await test.mailsTo(email)).at(-1)?.text ?? '')?.[1] ?? 'none';
    const accept = async () =>
      (
        await act(test, test.anonymous(organizationId), {
          query: ACCEPT,
          input: { token, password: PASSWORD },
        })
      ).value;
    return { ...family, accept };
  };
  const dismissed = await offered();
  await act(test, desk.caller, { query: END, input: { id: dismissed.id, reason: 'A court has decided.' } });
  expect(await dismissed.accept()).toMatchObject({ __typename: 'OwnAccountRefused' });
  const joined = await offered();
  const other = await signedIn(test, { organizationId, roles: ['CLIENT'] });
  await act(test, desk.caller, confirm({ guardianId: other.member.id, dependantId: joined.childId }));
  expect(await joined.accept()).toMatchObject({ __typename: 'OwnAccountRefused' });
});

it('[identity A24] where two answer, neither hands the record over alone: both name the same address', async () => {
  const family = await parent(test, organizationId);
  const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
  const other = await signedIn(test, { organizationId, roles: ['CLIENT'] });
  await act(test, desk.caller, confirm({ guardianId: other.member.id, dependantId: family.childId }));
  const [mine, robins] = [newEmail('mine'), newEmail('robin')];
  const offer = (by: Caller, email: string) =>
    act(test, by, { query: OFFER, input: { dependantId: family.childId, email } });
  // One of them alone, as often as they like: nobody can take it, and the other one is told.
  await offer(family.caller, mine);
  await offer(family.caller, mine);
  expect(await test.mailsTo(mine)).toEqual([]);
  const told = (await test.mailsTo(other.member.email)).map(({ subject }) => subject);
  expect(told.filter((subject) => subject.includes('an account of their own'))).toHaveLength(1);
  // The other one means another address: that is another offer, and as little.
  expect((await offer(other.caller, robins)).code).toBeUndefined();
  expect(await test.mailsTo(robins)).toEqual([]);
  await offer(family.caller, robins);
  const token = /\/own-account#(\S+)/.exec((await test.mailsTo(robins)).at(-1)?.text ?? '')?.[1] ?? 'none';
  const input = { token, password: PASSWORD };
  expect((await act(test, test.anonymous(organizationId), { query: ACCEPT, input })).value).toMatchObject({
    __typename: 'OwnAccountTaken',
  });
});
