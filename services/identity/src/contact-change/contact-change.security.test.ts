// The hole: whoever sits at a screen that was left open gives the account another address, and from then on everything
// goes there, news of appointments first. So the present address hears of it before anything happens and can end it alone.
import { randomUUID } from 'node:crypto';
import type { Member } from '../accounts/enter-member.ts';
import { onMessageDecided } from '../messages/on-message-decided.ts';
import { newTotpSecret } from '../factors/totp.ts';
import { CHANGE_EXPIRED } from '../password-change/operations-for-tests.ts';
import { openTestIdentity, rootField, type Step, type TestIdentity } from '../test-identity.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const CHANGE =
  'mutation ($email: String!) { changeContact(input: { email: $email }) { __typename change undoUntil } }';
const CONFIRM = `mutation ($change: ID!, $code: String!) { confirmContactChange(input: { change: $change, code: $code }) {
  __typename ... on ContactChanged { bothAddressesUntil } } }`;
const UNDO = 'mutation ($token: String!) { undoContactChange(token: $token) { undone } }';
const newAddress = () => `new-${randomUUID()}@example.org`;
const HOUR = 3_600_000;

async function signedIn(more: Partial<Member> = {}) {
  const member = await test.member({ organizationId: await test.organization(), roles: ['CLIENT'], ...more });
  return { member, caller: test.callerFrom(await test.signIn(member)) };
}
type SignedIn = Awaited<ReturnType<typeof signedIn>>;
const ask = ({ caller }: SignedIn, email: string) => test.ask(caller, CHANGE, { email });
const codeIn = async (email: string) => /\b\d{8}\b/.exec((await test.mailsTo(email)).at(-1)?.text ?? '')?.[0];
const tokenIn = async (email: string) => {
  const texts = (await test.mailsTo(email)).map(({ text }) => text);
  return /https:\/\/book\.example\/contact-change#(\S+)/.exec(texts.join('\n'))?.[1] ?? '';
};
const subjects = async (email: string) => (await test.mailsTo(email)).map(({ subject }) => subject);
const undo = async (token: string, organizationId: string) =>
  rootField<{ undone: boolean }>(await test.ask(test.anonymous(organizationId), UNDO, { token })).undone;

async function changed(who: SignedIn, email: string) {
  const { change } = rootField<{ change: string }>(await ask(who, email));
  return rootField<{ __typename: string }>(
    await test.ask(who.caller, CONFIRM, { change, code: await codeIn(email) }),
  );
}

/** Its owner comes back: the password alone opens nothing any more, together with the mailbox it chooses the next one. */
async function comeBack(member: Member): Promise<Step> {
  const anonymous = test.anonymous(member.organizationId);
  const { flow = '', ...step } = await test.start(anonymous, member);
  expect(step).toMatchObject({ __typename: 'ChallengeRequired', factors: ['EMAIL_CODE'] });
  const PREPARE = 'mutation ($flow: ID!) { challengePrepare(flow: $flow, factor: EMAIL_CODE) { message } }';
  await test.ask(anonymous, PREPARE, { flow });
  const code = (await codeIn(member.email)) ?? 'none';
  const proven = await test.answer(anonymous, { flow, factor: 'EMAIL_CODE', code });
  expect(proven.__typename).toBe('PasswordChangeRequired');
  const input = { flow: proven.flow, newPassword: 'Copper-Meadow-81-Violin' };
  return rootField<Step>(await test.ask(anonymous, CHANGE_EXPIRED, { input }));
}

async function tell({ id, organizationId }: Member, template = 'booking-rescheduled'): Promise<void> {
  const payload = {
    messageId: randomUUID(),
    recipient: { kind: 'CLIENT', id } as const,
    template,
    purpose: 'booking.service',
    basis: 'contract' as const,
    parameters: { startsAt: '2027-03-28T09:00:00Z', timeZone: 'Europe/London' },
    allowed: true,
    reason: 'contract',
    receiptId: null,
  };
  await test.databases.database.transaction(organizationId, async (tx) => {
    const event = { receivedAt: test.clock(), payload } as never;
    await onMessageDecided(test.identity, test.sending.log, { tx, event });
    // The same message by another event: once, to each address.
    await onMessageDecided(test.identity, test.sending.log, { tx, event });
  });
}

it('[BOK-06] the new address is proven by its code and signs in; the old one is told before and after', async () => {
  const who = await signedIn();
  const email = newAddress();
  const { change } = rootField<{ change: string }>(await ask(who, email));
  expect(await subjects(who.member.email)).toContain('Your e-mail address is about to change');
  // An address that nobody has confirmed gets no word of whoever typed it in.
  expect(JSON.stringify(await test.mailsTo(email))).not.toContain(who.member.displayName);
  const wrong = await test.ask(who.caller, CONFIRM, { change, code: '00000000' });
  expect(rootField<{ __typename: string }>(wrong).__typename).toBe('CodeRefused');
  expect((await test.signIn({ ...who.member, email })).__typename).toBe('SignInRejected');
  const code = await codeIn(email);
  const answer = await test.ask(who.caller, CONFIRM, { change, code });
  expect(rootField(answer)).toEqual({
    __typename: 'ContactChanged',
    bothAddressesUntil: new Date(test.clock().getTime() + 72 * HOUR).toISOString(),
  });
  expect(await subjects(who.member.email)).toContain('Your e-mail address was changed');
  expect(await subjects(email)).toContain('Your e-mail address was changed');
  expect((await test.signIn({ ...who.member, email })).__typename).toBe('SessionIssued');
  expect((await test.signIn(who.member)).__typename).toBe('SignInRejected');
  // Its code is spent.
  const again = await test.ask(who.caller, CONFIRM, { change, code });
  expect(rootField<{ __typename: string }>(again).__typename).toBe('CodeRefused');
});

it('[BOK-06] for 72 hours news of appointments go to the previous and the new address, once each; then to the new', async () => {
  const who = await signedIn();
  const email = newAddress();
  await changed(who, email);
  const before = [await subjects(who.member.email), await subjects(email)].map(({ length }) => length);
  const news = async () =>
    [await subjects(who.member.email), await subjects(email)].map((all, at) => all.slice(before[at]));
  await tell(who.member);
  expect(await news()).toEqual([['Your appointment has a new time'], ['Your appointment has a new time']]);
  // What is no change of a schedule, and what comes later, is for the address that holds.
  await tell(who.member, 'payment-captured');
  test.clock.advance(72 * HOUR);
  await tell(who.member);
  const [old = [], current = []] = await news();
  expect(old).toHaveLength(1);
  expect(current).toHaveLength(3);
});

it('[BOK-06] "this was not me" needs no sign-in, restores the address, ends sessions and every later change', async () => {
  const who = await signedIn();
  const { email: own, organizationId } = who.member;
  const [second, third] = [newAddress(), newAddress()];
  await changed(who, second);
  const token = await tokenIn(own);
  test.clock.advance(60_000);
  await changed(who, third);
  // The mailbox of the attacker got a notice of the next change: it must not be a way back in.
  const attackers = await tokenIn(second);
  expect(await undo(token, organizationId)).toBe(true);
  expect(await undo(token, organizationId)).toBe(true);
  expect((await test.ask(who.caller, CHANGE, { email: newAddress() })).errors[0]?.extensions?.code).toBe(
    'UNAUTHENTICATED',
  );
  await undo(attackers, organizationId);
  for (const address of [second, third])
    expect((await test.signIn({ ...who.member, email: address })).__typename).toBe('SignInRejected');
  const back = await comeBack(who.member);
  expect(back.__typename).toBe('SessionIssued');
  // Whoever did it may still know the password: for a day there is no next change.
  const next = await test.ask(test.callerFrom(back), CHANGE, { email: newAddress() });
  expect(next.errors[0]?.extensions?.code).toBe('BAD_INPUT');
  const mails = (await subjects(own)).filter((subject) => subject.includes('stays as it was'));
  expect(mails).toHaveLength(1);
  // Links in mails to the other addresses must end: each change and the way back are told.
  const told = await test.databases.database.transaction(organizationId, (tx) =>
    tx.query("SELECT payload FROM outbox WHERE organization_id = $1 AND name = 'contact.changed'", [
      organizationId,
    ]),
  );
  expect(told).toEqual(Array.from({ length: 3 }, () => ({ payload: { clientId: who.member.id } })));
});

it('[BOK-06] a change that was taken back before its code cannot be confirmed any more', async () => {
  const who = await signedIn();
  const email = newAddress();
  const { change } = rootField<{ change: string }>(await ask(who, email));
  expect(await undo(await tokenIn(who.member.email), who.member.organizationId)).toBe(true);
  const back = test.callerFrom(await comeBack(who.member));
  const late = await test.ask(back, CONFIRM, { change, code: await codeIn(email) });
  expect(rootField<{ __typename: string }>(late).__typename).toBe('CodeRefused');
});

it('[identity A24] the token is of this change and organization, unforgeable, and ends after a week', async () => {
  const who = await signedIn();
  await changed(who, newAddress());
  const token = await tokenIn(who.member.email);
  // In the middle of the HMAC: the last character of base64 has bits that mean nothing.
  const forged = `${token.slice(0, -9)}${token.at(-9) === 'A' ? 'B' : 'A'}${token.slice(-8)}`;
  const device = token.replace('kc1_', 'kd1_');
  for (const wrong of [forged, device, token.slice(4), '', 'x'.repeat(500)])
    expect(await undo(wrong, who.member.organizationId)).toBe(false);
  // Nothing stored opens it: the table holds neither the token nor a part of it.
  const stored = await test.databases.database.transaction(who.member.organizationId, (tx) =>
    tx.query(
      "SELECT string_agg(t::text, '') || (SELECT string_agg(m::text, '') FROM outgoing_mail m) AS text FROM contact_change t",
    ),
  );
  expect(JSON.stringify(stored)).not.toContain(token.slice(-20));
  test.clock.advance(7 * 24 * HOUR);
  expect(await undo(token, who.member.organizationId)).toBe(false);
});

it('[identity A02] a taken address gets the same answer, and its owner a mail without a code', async () => {
  const who = await signedIn({ displayName: 'Quixotic Canary' });
  const owner = await test.member({ organizationId: who.member.organizationId, roles: ['CLIENT'] });
  const [free, taken] = [await ask(who, newAddress()), await ask(who, owner.email)];
  expect(Object.keys(rootField(taken))).toEqual(Object.keys(rootField(free)));
  expect([free.errors, taken.errors]).toEqual([[], []]);
  const [mail] = await test.mailsTo(owner.email);
  expect(mail?.subject).toBe('Somebody tried to use your address');
  expect(mail?.text).not.toMatch(/\b\d{8}\b/);
  expect(JSON.stringify(mail)).not.toContain(who.member.displayName);
  // The notice to the present address is there both times.
  expect(
    (await subjects(who.member.email)).filter((subject) => subject.includes('about to change')),
  ).toHaveLength(2);
});

it('[identity A24] an old session is not enough, nor is one without the second factor; six a day are too many', async () => {
  const who = await signedIn();
  test.clock.advance(16 * 60_000);
  expect((await ask(who, newAddress())).errors[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
  const fresh = { ...who, caller: test.callerFrom(await test.signIn(who.member)) };
  for (let turn = 0; turn < 5; turn += 1) expect((await ask(fresh, newAddress())).errors).toEqual([]);
  expect((await ask(fresh, newAddress())).errors[0]?.extensions?.code).toBe('RATE_LIMITED');
  expect(
    (await ask({ ...who, caller: test.anonymous(who.member.organizationId) }, newAddress())).errors,
  ).not.toEqual([]);
});

it('[identity A07] five wrong codes end a change, also when the sixth is right', async () => {
  const who = await signedIn();
  const email = newAddress();
  const { change } = rootField<{ change: string }>(await ask(who, email));
  const code = await codeIn(email);
  for (const wrong of ['1', '2', '3', '4', '5']) await test.ask(who.caller, CONFIRM, { change, code: wrong });
  const late = await test.ask(who.caller, CONFIRM, { change, code });
  expect(rootField<{ __typename: string }>(late).__typename).toBe('CodeRefused');
});

it('[identity A24] taking a change back keeps out whoever did it, on every device: the password they know opens nothing', async () => {
  const member = await test.member({ organizationId: await test.organization(), roles: ['CLIENT'] });
  const own = await test.signIn(member);
  const attacker = await test.signIn(member);
  await changed({ member, caller: test.callerFrom(attacker) }, newAddress());
  expect(await undo(await tokenIn(member.email), member.organizationId)).toBe(true);
  for (const { deviceToken = '' } of [attacker, own]) {
    const step = await test.start(test.anonymous(member.organizationId), { ...member, deviceToken });
    expect(step).toMatchObject({ __typename: 'ChallengeRequired', factors: ['EMAIL_CODE'] });
  }
  const devices = await test.databases.database.transaction(member.organizationId, (tx) =>
    tx.query('SELECT 1 FROM device WHERE account_id = $1 AND revoked_at IS NULL', [member.id]),
  );
  expect(devices).toEqual([]);
});

it.each([
  [
    "INSERT INTO code_factor VALUES (gen_random_uuid(), $2, $1, 'EMAIL_CODE', now() - interval '1 year')",
    'mailed',
  ],
  [
    "UPDATE session SET assurance = 'RESTRICTED', second_factor = true WHERE organization_id = $2 AND account_id = $1",
    'weaker',
  ],
])(
  '[identity A24] an address is not changed with less than the factors there are (%#)',
  async (sql, which) => {
    const totpSecret = newTotpSecret();
    const who = await signedIn(which === 'weaker' ? { totpSecret } : {});
    const { id, organizationId } = who.member;
    await test.databases.database.transaction(organizationId, (tx) => tx.query(sql, [id, organizationId]));
    expect((await ask(who, newAddress())).errors[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
  },
);
