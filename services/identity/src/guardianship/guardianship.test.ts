import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { queueMail } from '../messages/queue-mail.ts';
import { newEmail, signedIn } from '../people/people-for-tests.ts';
import { openTestIdentity, PASSWORD, type Step, type TestIdentity } from '../test-identity.ts';
import {
  ACCEPT,
  act,
  BEGIN,
  CLIENT,
  COMES_OF_AGE,
  CONFIRM,
  END,
  GUARDIAN_OF,
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

const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { __typename
  ... on SessionIssued { accessToken } } }`;

/** Who somebody is after their app has asked for new tokens. */
async function refreshed({ refreshToken = '' }: Step): Promise<Caller> {
  const nobody = test.anonymous(randomUUID(), { organizationId: null });
  return test.callerFrom(await test.step(nobody, REFRESH, { token: refreshToken }));
}

const ownLink = async (email: string) =>
  /\/own-account#(\S+)/.exec((await test.mailsTo(email)).at(-1)?.text ?? '')?.[1] ?? 'none';

it('a parent answers for a child: seen at once, and done for with the next token', async () => {
  const { member, step, id, childId } = await parent(test, organizationId, 'Robin Example');
  const caller = await refreshed(step);
  expect(caller.dependants).toEqual([childId]);
  expect((await act(test, caller, { query: GUARDIAN_OF })).value).toEqual({
    guardianOf: [{ id, dependant: { id: childId, displayName: 'Robin Example' } }],
  });
  expect((await act(test, caller, { query: CLIENT, id: childId })).value).toEqual({
    id: childId,
    displayName: 'Robin Example',
    guardians: [{ guardian: { id: member.id } }],
  });
  const published = await test.databases.database.transaction(organizationId, (tx) =>
    tx.query("SELECT 1 FROM outbox WHERE name = 'client.registered' AND payload->>'clientId' = $1", [
      childId,
    ]),
  );
  expect(published).toHaveLength(1);
});

it('a second parent is written down by the front desk, who has seen why; both parents are told', async () => {
  const first = await parent(test, organizationId);
  const second = await signedIn(test, { organizationId, roles: ['CLIENT'] });
  const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
  const input = {
    guardianId: second.member.id,
    dependantId: first.childId,
    kind: 'CHILD',
    endsAt: COMES_OF_AGE,
    reason: SEEN,
  };
  const confirmed = await act(test, desk.caller, { query: CONFIRM, input });
  expect(confirmed.value).toMatchObject({ confirmedBy: { id: desk.member.id }, reason: SEEN });
  const shown = await act(test, desk.caller, { query: CLIENT, id: first.childId });
  expect(shown.value['guardians']).toEqual([
    { guardian: { id: first.member.id } },
    { guardian: { id: second.member.id } },
  ]);
  for (const { member } of [first, second])
    expect((await test.mailsTo(member.email)).map(({ subject }) => subject)).toContain(
      'You answer for somebody',
    );
  expect(await test.audit(organizationId)).toContainEqual(
    expect.objectContaining({
      action: 'guardianship_began',
      subject: { type: 'Account', id: first.childId },
    }),
  );
});

it('what is written to the child goes to the parent, and to nobody once nobody answers', async () => {
  const { member, caller, id, childId } = await parent(test, organizationId);
  const send = (template: 'booking-cancelled') =>
    test.databases.database.transaction(organizationId, (tx) => {
      const parameters = { startsAt: '2027-03-05T10:00:00.000Z', timeZone: 'Europe/London' };
      return queueMail(test.identity, tx, {
        mail: { accountId: childId, template, requested: true, parameters },
        now: test.clock(),
      });
    });
  const cancelled = async () =>
    (await test.mailsTo(member.email)).filter(({ subject }) => subject === 'Your appointment is cancelled')
      .length;
  await send('booking-cancelled');
  expect(await cancelled()).toBe(1);
  await act(test, caller, { query: END, input: { id } });
  await send('booking-cancelled');
  expect(await cancelled()).toBe(1);
});

it('somebody who comes of age takes their record over: signs in, and the parent sees nothing any more', async () => {
  const { member, step, caller, childId } = await parent(test, organizationId);
  const email = newEmail('robin');
  const offered = await act(test, caller, { query: OFFER, input: { dependantId: childId, email } });
  expect(offered.value).toMatchObject({ dependantId: childId });
  const token = await ownLink(email);
  const anybody = test.anonymous(randomUUID(), { organizationId: null });
  const weak = await act(test, anybody, { query: ACCEPT, input: { token, password: 'short' } });
  expect(weak.value).toMatchObject({ __typename: 'PasswordRefused' });
  const taken = await act(test, anybody, { query: ACCEPT, input: { token, password: PASSWORD } });
  expect(taken.value).toEqual({ __typename: 'OwnAccountTaken', clientId: childId });
  const own = await test.signIn({ ...member, id: childId, email, password: PASSWORD });
  expect(test.callerFrom(own)).toMatchObject({ accountId: childId, kind: 'CLIENT' });
  expect((await refreshed(step)).dependants).toEqual([]);
  expect((await test.mailsTo(member.email)).map(({ subject }) => subject)).toContain(
    'You answer for somebody no longer',
  );
  // Once.
  const again = await act(test, anybody, { query: ACCEPT, input: { token, password: PASSWORD } });
  expect(again.value).toMatchObject({ __typename: 'OwnAccountRefused' });
});

it('[INC-12] a guardian answers for eight at a time, twelve within a year; two people for one child', async () => {
  const { member, caller, childId } = await parent(test, organizationId);
  const begin = () =>
    act(test, caller, { query: BEGIN, input: { displayName: 'Kim', endsAt: COMES_OF_AGE } });
  const begun = [];
  for (let more = 0; more < 7; more += 1) begun.push(await begin());
  expect((await begin()).message).toBe('One person answers for eight at most.');
  for (const { value } of begun.slice(0, 4))
    await act(test, caller, { query: END, input: { id: value['id'] } });
  for (let more = 0; more < 4; more += 1) expect((await begin()).code).toBeUndefined();
  await act(test, caller, { query: END, input: { id: begun[5]?.value['id'] } });
  expect((await begin()).message).toContain('twelve within a year');
  const desk = await signedIn(test, { organizationId, roles: ['FRONT_DESK'] });
  const answers = [];
  for (let more = 0; more < 2; more += 1) {
    const { member: other } = await signedIn(test, { organizationId, roles: ['CLIENT'] });
    const input = {
      guardianId: other.id,
      dependantId: childId,
      kind: 'CHILD',
      endsAt: COMES_OF_AGE,
      reason: SEEN,
    };
    answers.push((await act(test, desk.caller, { query: CONFIRM, input })).message);
  }
  expect(answers).toEqual([undefined, expect.stringContaining('Two people answer')]);
  expect(member.id).not.toBe(childId);
});
