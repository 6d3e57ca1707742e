// Who loses access loses it now: an access token that would be good for minutes is refused within two seconds, on a running
// stack, whatever took it away. And who needs access in an emergency gets it, for minutes, before the eyes of others.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePassportKeys, signPassport } from '@kept/passport';
import { callerOf, eventually } from '@kept/testing';
import { addCard, authorize, freeTimes, holdSlot, seenBy, statusOf } from './book.ts';
import { watch } from './event-stream.ts';
import { ask } from './graph.ts';
import { mailArrives, mailsTo } from './mailbox.ts';
import { Person } from './person.ts';
import { actionsInTheRecord } from './record.ts';
import { openStack, SERVICES, settles, type ServiceName, type Stack } from './stack.ts';

const WITHIN_MS = 2_000;
const VIEWER = '{ viewer { id } }';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(async () => stack?.stop());

const person = (key: string) => new Person(stack, stack.account(key)).signIn();
const answers = async (asker: Person): Promise<string> => {
  const { data, errors } = await asker.ask<{ viewer: { id: string } | null }>(VIEWER);
  return errors[0]?.extensions.code ?? (data?.viewer ? 'answered' : 'nobody');
};
const becomes = (asker: Person, outcome: string) =>
  eventually(async () => (await answers(asker)) === outcome, { withinMs: WITHIN_MS });

describe('[identity A36] an access token is refused within two seconds', () => {
  it('of signing out; another device of the same person goes on', async () => {
    const [phone, laptop] = [await person('client'), await person('client')];
    expect(await answers(phone)).toBe('answered');
    await phone.tell('mutation { signOut { endedAt } }');
    await becomes(phone, 'UNAUTHENTICATED');
    expect(await answers(laptop)).toBe('answered');
  });

  it('of losing a role: signing in anew gives what is left', async () => {
    const desk = await person('front-desk');
    const roles = (...names: string[]) =>
      stack.inDatabase('identity', 'UPDATE account SET roles = $2 WHERE id = $1', [
        stack.account('front-desk').id,
        names,
      ]);
    expect(await answers(desk)).toBe('answered');
    await roles('BILLING');
    await becomes(desk, 'UNAUTHENTICATED');
    await desk.signIn();
    expect(await desk.tell('{ viewer { roles } }')).toEqual({ viewer: { roles: ['BILLING'] } });
    await roles('FRONT_DESK');
  });

  it('[SES-02] of a manager ending what a colleague left open; what they watched ends with it', async () => {
    const [manager, colleague] = [await person('manager'), await person('billing')];
    const watched = watch<{ viewer: { id: string } }>(stack.graphUrl, colleague, VIEWER);
    await eventually(() => watched.answers.length === 1, { withinMs: 10_000 });
    const { id: accountId } = stack.account('billing');
    const { staffSessions } = await manager.tell<{ staffSessions: { id: string; lastSeenAt: string }[] }>(
      'query ($accountId: ID!) { staffSessions(accountId: $accountId) { id lastSeenAt } }',
      { accountId },
    );
    expect(staffSessions).toEqual([{ id: expect.any(String), lastSeenAt: expect.any(String) }]);
    expect(await answers(colleague)).toBe('answered');
    await manager.tell(
      'mutation ($input: EndStaffSessionInput!) { endStaffSession(input: $input) { endedAt } }',
      { input: { accountId, sessionId: staffSessions[0]?.id } },
    );
    await becomes(colleague, 'UNAUTHENTICATED');
    await eventually(() => watched.completed, { withinMs: WITHIN_MS });
    expect(watched.errors.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
    expect(await colleague.refresh()).toBe('SessionEnded');
  });

  it('of the account being closed', async () => {
    const billing = await person('billing');
    expect(await answers(billing)).toBe('answered');
    await stack.inDatabase(
      'identity',
      "UPDATE account SET state = 'ERASED', email_index = NULL WHERE id = $1",
      [stack.account('billing').id],
    );
    await becomes(billing, 'UNAUTHENTICATED');
  });

  it('although identity was away for a moment', async () => {
    const client = await person('client');
    const child = stack.local.process('identity');
    await child.kill('SIGKILL');
    await stack.inDatabase(
      'identity',
      "UPDATE session SET ended_at = now(), end_reason = 'SIGNED_OUT' WHERE account_id = $1 AND ended_at IS NULL",
      [stack.account('client').id],
    );
    await child.start();
    await eventually(async () => (await answers(client)) === 'UNAUTHENTICATED');
  });
});

it('[SES-01] [MOB-03] each subgraph refuses a session that is over by itself, whatever a gateway let pass', async () => {
  const { services } = JSON.parse(readFileSync(join(stack.local.directory, 'secrets.json'), 'utf8')) as {
    services: Record<ServiceName, { passportKey: string }>;
  };
  const body = '{"query":"{ __typename }"}';
  const askDirectly = async (service: ServiceName, secondsLeft: number) => {
    const [key] = parsePassportKeys(services[service].passportKey);
    if (!key) throw new Error(`There is no key for ${service}.`);
    const now = stack.clock.now();
    const sessionUntil = Math.floor(now.getTime() / 1000) + secondsLeft;
    const caller = callerOf({ kind: 'CLIENT', clientType: 'MOBILE', sessionUntil });
    const response = await fetch(`${stack.local.services[service]}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'kept-passport': signPassport({ caller, service, body, key, now }),
      },
      body,
    });
    const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return errors?.[0]?.extensions.code ?? 'answered';
  };
  for (const service of SERVICES)
    expect([service, await askDirectly(service, 60), await askDirectly(service, -60)]).toEqual([
      service,
      'answered',
      'UNAUTHENTICATED',
    ]);
});

describe('an operator', () => {
  const control = async (...words: string[]) => {
    const { stdout, exitCode } = await stack.control(...words);
    expect([stdout, exitCode]).toEqual([expect.any(String), 0]);
    return stdout;
  };

  it('isolates an organization, an actor, a service: seconds later it is so, and everybody else goes on', async () => {
    const [client, neighbour, manager] = [
      await person('client'),
      await person('northgate-client'),
      await person('manager'),
    ];
    const reason = ['--reason', 'Found on a list of leaked keys'];
    const { organizationId, id } = stack.account('client');

    await control('isolate', 'organization', organizationId, ...reason);
    await becomes(client, 'UNAVAILABLE');
    const anonymous = await ask(stack.graphUrl, '{ services { id } }', { organizationId });
    expect(anonymous.errors.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE']);
    expect(await answers(neighbour)).toBe('answered');
    await control('release', 'organization', organizationId);
    await becomes(client, 'answered');

    await control('isolate', 'actor', id, ...reason);
    await becomes(client, 'UNAUTHENTICATED');
    await client.signIn();
    await becomes(client, 'UNAUTHENTICATED');
    expect(await answers(manager)).toBe('answered');
    await control('release', 'actor', id);
    await becomes(client, 'answered');

    await control('isolate', 'service', 'compliance', ...reason);
    const both = async () => {
      const { data, errors } = await client.ask<object>('{ consents { __typename } viewer { id } }');
      return { data, codes: errors.map(({ extensions }) => extensions.code) };
    };
    await eventually(async () => (await both()).codes[0] === 'SUBGRAPH_UNAVAILABLE', { withinMs: WITHIN_MS });
    expect(await both()).toEqual({
      data: { consents: null, viewer: { id } },
      codes: ['SUBGRAPH_UNAVAILABLE'],
    });
    expect(await control('list')).toMatch(
      /service compliance until .* by operator .*: Found on a list of leaked keys/,
    );
    await control('release', 'service', 'compliance');
    await eventually(async () => (await both()).codes.length === 0, { withinMs: WITHIN_MS });
  });
});

it('[LAW-36] a provider without relation reads a note only in an emergency, for minutes, before the eyes of others', async () => {
  const client = await person('client');
  const officer = await person('compliance');
  // The demo has one provider; the front desk's account becomes another, with no booking of theirs.
  await stack.inDatabase('identity', "UPDATE account SET roles = '{PROVIDER}' WHERE id = $1", [
    stack.account('front-desk').id,
  ]);
  const stranger = await person('front-desk');
  const [startsAt = ''] = await freeTimes(stack, 3, 20);
  const hold = await holdSlot(client, startsAt, 'Severe allergy to penicillin');
  await authorize(client, { hold, paymentMethodId: await addCard(stack, client) });
  await settles(async () => expect(await statusOf(client, hold.bookingId)).toBe('CONFIRMED'));

  const notes = async () => (await seenBy(stranger, hold.bookingId, 'notes')).booking?.notes ?? null;
  expect(await notes()).toBeNull();

  const mailsBefore = (await mailsTo(stack.mailboxUrl, stack.account('compliance').email)).length;
  const { startEmergencyAccess: started } = await stranger.tell<{
    startEmergencyAccess: { accessToken: string; emergencyAccess: { id: string } };
  }>(
    `mutation ($input: StartEmergencyAccessInput!) { startEmergencyAccess(input: $input) { __typename
       ... on EmergencyAccessStarted { accessToken emergencyAccess { id } } } }`,
    { input: { reason: 'Collapsed in the waiting room', minutes: 15 } },
  );
  // The old token knows nothing of it, the new one reads.
  expect(await notes()).toBeNull();
  stranger.token = started.accessToken;
  expect(await notes()).toBe('Severe allergy to penicillin');
  // It reads, and changes nothing: a mutation is judged without it.
  const { id } = started.emergencyAccess;
  const mail = await mailArrives(
    stack.mailboxUrl,
    stack.account('compliance').email,
    /Emergency access was opened/,
  );
  expect(mail.text).not.toMatch(/penicillin|waiting room|Frank|Clara/);
  expect((await mailsTo(stack.mailboxUrl, stack.account('compliance').email)).length).toBe(mailsBefore + 1);

  await officer.tell('mutation ($id: ID!) { endEmergencyAccess(id: $id) { endedAt } }', { id });
  await eventually(async () => (await notes()) === null, { withinMs: WITHIN_MS });
  expect(await answers(stranger)).toBe('answered');

  const { reviewEmergencyAccess } = await officer.tell<{ reviewEmergencyAccess: object }>(
    `mutation ($input: ReviewEmergencyAccessInput!) { reviewEmergencyAccess(input: $input) {
       reason review { finding reviewer { id } } } }`,
    { input: { id, finding: 'JUSTIFIED' } },
  );
  expect(reviewEmergencyAccess).toEqual({
    reason: 'Collapsed in the waiting room',
    review: { finding: 'JUSTIFIED', reviewer: { id: stack.account('compliance').id } },
  });
  await settles(async () =>
    expect(await actionsInTheRecord(officer)).toEqual(
      expect.arrayContaining([
        'emergency_access_started',
        'emergency_access_ended',
        'emergency_access_reviewed',
      ]),
    ),
  );
});
