// People, by HTTP alone: how somebody comes to work here and how it ends; how clients look after an account of their own.
// Links and codes come out of mails. The steps build on each other and run in this order.
import { createHash } from 'node:crypto';
import { eventually } from '@kept/testing';
import { newKey, tell } from './graph.ts';
import { acceptInvitation, takeTraining, tokenIn, tokenInMail } from './join-staff.ts';
import { codeIn, mailArrives, mailsTo } from './mailbox.ts';
import { Person, type Account } from './person.ts';
import { actionsInTheRecord } from './record.ts';
import { resetPassword } from './reset-password.ts';
import { openStack, RIVERSIDE, settles, type Stack } from './stack.ts';

let stack: Stack;
let manager: Person;

beforeAll(async () => {
  stack = await openStack();
  manager = await new Person(stack, stack.account('manager')).signIn();
}, 180_000);
afterAll(async () => stack?.stop());

const answers = async (person: Person, query = '{ viewer { id } }'): Promise<string> => {
  const { errors } = await person.ask<object>(query);
  return errors[0]?.extensions.code ?? 'answered';
};
const isRefused = (person: Person) => eventually(async () => (await answers(person)) === 'UNAUTHENTICATED');

describe('somebody comes to work here, and leaves', () => {
  const account = {
    email: 'flora.desk@people.example',
    password: 'Gravel-Lantern-82-Meadow',
    organizationId: RIVERSIDE,
  };
  const desk = '{ bookings(first: 5) { nodes { id client { email } } } }';
  const invite = (email: string) =>
    manager.ask<{ inviteStaff: { id: string; roles: string[] } }>(
      'mutation ($input: InviteStaffInput!) { inviteStaff(input: $input) { id roles expiresAt } }',
      { variables: { input: { email, roles: ['FRONT_DESK', 'PROVIDER'] } } },
    );
  let flora: Person;
  let floraId = '';
  let feed = '';

  it('a manager shows again who they are before they invite anybody', async () => {
    for (let minutes = 0; minutes < 16; minutes += 8) {
      await stack.clock.advance({ minutes: 8 });
      expect(await manager.refresh()).toBe('SessionIssued');
    }
    const { errors } = await invite(account.email);
    expect(errors[0]).toMatchObject({
      message: expect.stringMatching(/second factor/i),
      extensions: { code: 'STEP_UP_REQUIRED' },
    });
    await manager.stepUp();
    expect((await invite(account.email)).data?.inviteStaff.roles).toEqual(['PROVIDER', 'FRONT_DESK']);
  });

  it('[LAW-35] whoever works here is one person: no desk has an account, and none is named after one', async () => {
    const { errors } = await invite('info@people.example');
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_INPUT', field: 'email' });
    const token = await tokenInMail(stack, { to: account.email, about: /invited/, page: 'invitation' });
    const asADesk = {
      organizationId: RIVERSIDE,
      token,
      displayName: 'Reception',
      password: account.password,
    };
    await expect(acceptInvitation(stack, asADesk)).rejects.toThrow(/BAD_INPUT/);
    const accepted = await acceptInvitation(stack, { ...asADesk, displayName: 'Flora Quint' });
    expect(accepted.__typename).toBe('InvitationAccepted');
    floraId = accepted.staffMemberId ?? '';
    // The link worked once.
    expect(await acceptInvitation(stack, { ...asADesk, displayName: 'Flora Quint' })).toEqual({
      __typename: 'InvitationRefused',
      message: expect.stringContaining('ask whoever invited you'),
    });
  });

  it('she has no session before she has a second factor', async () => {
    flora = new Person(stack, account);
    const first = await flora.start();
    expect(first).toEqual({ __typename: 'EnrollmentRequired', flow: expect.any(String) });
    expect(await flora.enrolAuthenticator(first.flow)).toHaveLength(10);
    await flora.signIn();
    expect(await flora.tell('{ training { valid } }')).toEqual({ training: { valid: false } });
  });

  it('[TRN-01] without training she is told to take it, whatever she asks for; nobody lets themselves off', async () => {
    for (const query of [desk, '{ services { id } }', 'mutation { forgetAllDevices { endedAt } }'])
      expect([query, await answers(flora, query)]).toEqual([query, 'TRAINING_REQUIRED']);
    const waiver = {
      staffMemberId: floraId,
      reason: 'NOBODY_ELSE_ON_DUTY',
      days: 3,
      idempotencyKey: newKey(),
    };
    const { requestTrainingWaiver } = await manager.tell<{ requestTrainingWaiver: { id: string } }>(
      `mutation ($input: RequestTrainingWaiverInput!) { requestTrainingWaiver(input: $input) { ... on TrainingWaiver { id } } }`,
      { input: waiver },
    );
    const { approveTrainingWaiver } = await manager.tell<{ approveTrainingWaiver: object }>(
      `mutation ($id: ID!) { approveTrainingWaiver(id: $id) { __typename ... on TrainingWaiverRefused { message } } }`,
      { id: requestTrainingWaiver.id },
    );
    expect(approveTrainingWaiver).toEqual({
      __typename: 'TrainingWaiverRefused',
      message: expect.any(String),
    });
    expect(await answers(flora, desk)).toBe('TRAINING_REQUIRED');
  });

  it('[TRN-01] she takes it, fails, learns why, passes, and within a second her next refresh has her access', async () => {
    const failed = await takeTraining(flora, { read: false });
    expect(failed).toMatchObject({ __typename: 'TrainingNotPassed', rightAnswers: 0, rightAnswersNeeded: 5 });
    expect(await takeTraining(flora, { read: true })).toMatchObject({ __typename: 'TrainingPassed' });
    // The token of before is withdrawn the moment identity knows; the very next refresh has what she may do.
    await eventually(async () => (await answers(flora, desk)) === 'UNAUTHENTICATED', { withinMs: 1_000 });
    expect(await flora.refresh()).toBe('SessionIssued');
    expect(await answers(flora, desk)).toBe('answered');
    expect(await flora.tell('{ viewer { id roles } }')).toEqual({
      viewer: { id: floraId, roles: ['PROVIDER', 'FRONT_DESK'] },
    });
    const { staffTraining } = await manager.tell<{ staffTraining: object[] }>(
      '{ staffTraining { staffMemberId valid waived } }',
    );
    expect(staffTraining).toContainEqual({ staffMemberId: floraId, valid: true, waived: false });
  });

  it('she has a calendar address, which anybody can read who knows it', async () => {
    const { createCalendarFeed } = await flora.tell<{ createCalendarFeed: { path: string } }>(
      `mutation ($input: CreateCalendarFeedInput!) { createCalendarFeed(input: $input) { ... on CalendarFeedOpened { path } } }`,
      { input: { idempotencyKey: newKey() } },
    );
    feed = new URL(createCalendarFeed.path, stack.graphUrl).href;
    expect((await fetch(feed)).status).toBe(200);
  });

  it('she leaves: every token of hers is refused, and a certificate says what each service has ended', async () => {
    await manager.stepUp();
    const { offboardStaff } = await manager.tell<{ offboardStaff: { id: string } }>(
      'mutation ($input: OffboardStaffInput!) { offboardStaff(input: $input) { id state } }',
      { input: { staffMemberId: floraId, reason: 'Moves to another town' } },
    );
    await isRefused(flora);
    expect(await flora.refresh()).toBe('SessionEnded');
    expect(await flora.start()).toMatchObject({ code: 'BAD_CREDENTIALS' });
    await settles(async () => expect((await fetch(feed)).status).toBe(404));
    const certificate = await settledCertificate(offboardStaff.id);
    const told = JSON.parse(certificate.text) as {
      ended: { service: string; counts: Record<string, number> }[];
    };
    expect(told.ended.map(({ service }) => service)).toEqual([
      'identity',
      'scheduling',
      'payments',
      'compliance',
    ]);
    expect(told.ended[0]?.counts).toMatchObject({ sessions: 1, devices: 1 });
    expect(told.ended[1]?.counts).toMatchObject({ calendarFeeds: 1 });
    expect(certificate.sha256).toBe(createHash('sha256').update(certificate.text).digest('hex'));
    const officer = await new Person(stack, stack.account('compliance')).signIn();
    await settles(async () =>
      expect(await actionsInTheRecord(officer)).toEqual(
        expect.arrayContaining(['staff_invitation_accepted', 'offboarding_completed']),
      ),
    );
  });

  async function settledCertificate(id: string): Promise<{ text: string; sha256: string }> {
    return eventually(
      async () => {
        const { offboardings } = await manager.tell<{
          offboardings: { id: string; state: string; certificate: { text: string; sha256: string } | null }[];
        }>('{ offboardings { id state certificate { text sha256 } } }');
        const found = offboardings.find((offboarding) => offboarding.id === id);
        expect(found?.state).toBe('COMPLETE');
        return found?.certificate;
      },
      { withinMs: 30_000, everyMs: 150 },
    );
  }
});

describe('a client looks after an account of their own', () => {
  const IPHONE =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1';
  const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const CHROME =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  const account: Account = {
    email: 'noor.linden@client.example',
    password: 'Tidal-Lantern-49-Orchard',
    organizationId: RIVERSIDE,
  };
  let phone: Person;
  let laptop: Person;
  const on = (userAgent: string) => new Person(stack, account, { 'user-agent': userAgent });
  const notMe = (token: string) =>
    tell<{ notMe: { received: boolean; message: string } }>(
      stack.graphUrl,
      'mutation ($token: String!) { notMe(token: $token) { received message } }',
      { organizationId: RIVERSIDE, variables: { token } },
    );
  const devices = async () => {
    const { viewer } = await laptop.tell<{
      viewer: { sessions: { id: string; device: string; current: boolean; lastSeenAt: string }[] };
    }>('{ viewer { sessions { id device current lastSeenAt } devices { id name current } } }');
    return viewer.sessions;
  };

  it('forgets the password: a mailed code replaces it, old sessions end, and the second factor is asked for as ever', async () => {
    phone = on(IPHONE);
    const { flow } = await phone.signUp({ displayName: 'Noor Linden', phone: '+1 202 555 0119' });
    await phone.confirmAddress(flow, codeIn(await mailArrives(stack.mailboxUrl, account.email, /code/i)));
    await phone.signIn();
    await phone.enrolAuthenticator();
    expect(await resetPassword(stack, account, 'Amber-Kettle-63-Harbour')).toBe('PasswordChanged');
    await isRefused(phone);
    expect(await phone.refresh()).toBe('SessionEnded');
    expect(await phone.start()).toMatchObject({ code: 'BAD_CREDENTIALS' });
    account.password = 'Amber-Kettle-63-Harbour';
    expect(await phone.start()).toMatchObject({
      __typename: 'ChallengeRequired',
      factors: ['TOTP', 'RECOVERY_CODE'],
    });
    await phone.signIn();
    expect(await answers(phone)).toBe('answered');
  });

  it('[EDU-09] somebody else signs in on a new device: the link in the notice ends that session, without signing in, once', async () => {
    laptop = await on(FIREFOX).signIn();
    const somebody = await on(CHROME).signIn();
    const notices = async () =>
      (await mailsTo(stack.mailboxUrl, account.email)).filter(({ subject }) => /new device/.test(subject));
    const mail = await eventually(
      async () => (await notices()).find(({ text }) => text.includes('Windows')),
      {
        withinMs: 30_000,
      },
    );
    // Each notice has its link, the one about the changed password as well.
    await tokenInMail(stack, { to: account.email, about: /password was changed/, page: 'not-me' });
    const token = tokenIn(mail, 'not-me');
    expect(await notMe(token)).toEqual({ notMe: { received: true, message: expect.any(String) } });
    await isRefused(somebody);
    expect(await somebody.refresh()).toBe('SessionEnded');
    expect(await notMe(token)).toMatchObject({ notMe: { received: false } });
    const { securityCases } = await manager.tell<{ securityCases: object[] }>(
      '{ securityCases { kind about sessionsEnded finding } }',
    );
    expect(securityCases).toContainEqual({
      kind: 'NOT_ME',
      about: 'new-device',
      sessionsEnded: 1,
      finding: null,
    });
  });

  it('from then on the password opens nothing: another one is chosen with a mailed code', async () => {
    const { flow = '' } = await on(FIREFOX).start();
    await stack.clock.advance({ seconds: 30 });
    expect(await on(FIREFOX).answer(flow)).toEqual({ __typename: 'PasswordChangeRequired' });
    expect(await resetPassword(stack, account, 'Copper-Window-17-Thistle')).toBe('PasswordChanged');
    account.password = 'Copper-Window-17-Thistle';
    laptop = await on(FIREFOX).signIn();
    phone = await on(IPHONE).signIn();
  });

  it('sees where they are signed in, by name, and ends one of the sessions', async () => {
    const sessions = await devices();
    expect(sessions.map(({ device, current }) => [device, current])).toEqual(
      expect.arrayContaining([
        ['Safari / iOS', false],
        ['Firefox / Linux', true],
      ]),
    );
    const other = sessions.find(({ current }) => !current);
    await laptop.tell('mutation ($id: ID!) { endSession(id: $id) { endedAt } }', { id: other?.id });
    await isRefused(phone);
    expect(await answers(laptop)).toBe('answered');
    expect(await devices()).toHaveLength(1);
  });
});
