// Who has seen my data? The person asks, and whoever is responsible; and somebody who takes away everybody's data is noticed.
import { eventually } from '@kept/testing';
import { mailArrives, mailsTo } from './mailbox.ts';
import { Person } from './person.ts';
import { actionsInTheRecord } from './record.ts';
import { FOLLOW_UP, openStack, PROVIDER, RIVERSIDE, type Stack } from './stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(async () => stack?.stop());

const person = (key: string) => new Person(stack, stack.account(key)).signIn();

interface Access {
  id: string;
  byYou: boolean;
  actorKind: string;
  fields: string[];
  purposes: string[];
}
interface Record_ {
  id: string;
  actorId: string;
  fields: string[];
  denied: string[];
  dataSubjectIds: string[];
  operationName: string | null;
}

it('[LOG-01] tells a client and the people responsible who has seen which of their data, and no value of it', async () => {
  const [client, frontDesk, compliance] = [
    await person('client'),
    await person('front-desk'),
    await person('compliance'),
  ];
  const clientId = stack.account('client').id;
  await frontDesk.ask(`query Reception($id: ID!) { client(id: $id) { displayName email } }`, {
    variables: { id: clientId },
  });
  const mine = await eventually(async () => {
    const { accessToMyData } = await client.tell<{ accessToMyData: { accesses: Access[] } }>(
      '{ accessToMyData { accesses { id byYou actorKind fields purposes } } }',
    );
    return accessToMyData.accesses.find(({ byYou }) => !byYou);
  });
  expect(mine).toMatchObject({ actorKind: 'STAFF', fields: ['Client.displayName', 'Client.email'] });
  const { accessRecords } = await compliance.tell<{ accessRecords: { records: Record_[] } }>(
    `query ($who: ID!) { accessRecords(dataSubjectId: $who, actorId: "${stack.account('front-desk').id}") {
       records { id actorId fields denied dataSubjectIds operationName } } }`,
    { who: clientId },
  );
  expect(accessRecords.records).toEqual([
    {
      id: mine.id,
      actorId: stack.account('front-desk').id,
      fields: ['Client.displayName', 'Client.email'],
      denied: [],
      dataSubjectIds: [clientId],
      operationName: 'Reception',
    },
  ]);
  const { email, displayName } = stack.account('client');
  expect(await stack.findText('compliance', [email, displayName])).toEqual([]);
  // Whoever reads the records leaves one.
  const reading = await eventually(async () => {
    const { accessRecords: own } = await compliance.tell<{ accessRecords: { records: Record_[] } }>(
      `{ accessRecords(actorId: "${stack.account('compliance').id}") { records { id fields } } }`,
    );
    return own.records.find(({ fields }) => fields.includes('AccessRecord.dataSubjectIds'));
  });
  expect(reading.id).not.toBe(mine.id);
});

it('is closed to everybody else', async () => {
  for (const key of ['client', 'front-desk', 'manager']) {
    const { errors } = await (await person(key)).ask('{ accessRecords { records { id } } }');
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
  }
});

it('[LAW-44] what was asked for beyond the need of the role is refused and stands in the audit log', async () => {
  const frontDesk = await person('front-desk');
  const { errors } = await frontDesk.ask(
    'query TooMuch { bookings { nodes { id notes } } ledger(first: 1) { transactions { id } } }',
  );
  expect(errors.map(({ extensions }) => extensions.code)).toContain('UNAUTHORIZED_FIELD_OR_TYPE');
  const compliance = await person('compliance');
  await eventually(async () => (await actionsInTheRecord(compliance)).includes('authz_fail'), {
    withinMs: 10_000,
  });
});

it('[DET-04] somebody who walks through all clients is noticed within seconds, once; a normal day is not', async () => {
  const compliance = await person('compliance');
  const frontDesk = await person('front-desk');
  const mails = async () =>
    (await mailsTo(stack.mailboxUrl, stack.account('compliance').email)).filter(({ subject }) =>
      subject.includes('unusually many records'),
    );
  await openCalendarOf(330);
  const page = async (first: number, after?: string) => {
    const { bookings } = await frontDesk.tell<{ bookings: { pageInfo: { endCursor: string | null } } }>(
      `query Page($first: Int, $after: String) { bookings(first: $first, after: $after) {
         nodes { startsAt client { id } } pageInfo { endCursor } } }`,
      { first, after },
    );
    return bookings.pageInfo.endCursor ?? undefined;
  };
  // A day at the desk: the same forty people, looked at again and again.
  const before = await stack.countRows('compliance', 'access_record');
  for (let round = 0; round < 10; round += 1) await page(40);
  await eventually(async () => (await stack.countRows('compliance', 'access_record')) >= before + 10, {
    withinMs: 30_000,
  });
  expect(await stack.countRows('compliance', 'access_alert')).toBe(0);
  expect(await walkThrough(page)).toBe(4);
  await mailArrives(stack.mailboxUrl, stack.account('compliance').email, /unusually many records/);
  expect(await walkThrough(page)).toBe(4);
  await eventually(async () => (await actionsInTheRecord(compliance)).includes('large_download'), {
    withinMs: 10_000,
  });
  const [mail, ...others] = await mails();
  expect(others).toEqual([]);
  const people = Number(/data of \D*(\d+)/.exec(mail?.text ?? '')?.[1]);
  // At the first batch above the limit, and not before it; with the one person of the story above.
  expect(people).toBeGreaterThan(300);
  expect(people).toBeLessThanOrEqual(331);
  expect((await actionsInTheRecord(compliance)).filter((action) => action === 'large_download')).toHaveLength(
    1,
  );
});

/** Page after page to the end; answers how many there were. */
async function walkThrough(
  page: (first: number, after?: string) => Promise<string | undefined>,
): Promise<number> {
  let pages = 0;
  for (let after = await page(100); after; after = await page(100, after)) pages += 1;
  return pages;
}

/** So many people, each with an appointment. */
const openCalendarOf = (people: number) =>
  stack.inDatabase(
    'scheduling',
    `INSERT INTO booking (id, organization_id, client_id, provider_id, service_id, status, version, starts_at, ends_at,
       time_zone, held_until, buffer_before_minutes, buffer_after_minutes, cancellation_window_minutes,
       reschedule_window_minutes, reschedules_max, reschedule_count, price_minor, currency, created_at)
     SELECT gen_random_uuid(), $1, gen_random_uuid(), $2, $3, 'CONFIRMED', 1, date_trunc('hour', now()) + n * interval '1 hour',
       date_trunc('hour', now()) + n * interval '1 hour' + interval '30 minutes', 'Europe/London', now(), 0, 0, 0, 0, 0, 0, 0, 'GBP', now()
     FROM generate_series(1, $4::int) AS n`,
    [RIVERSIDE, PROVIDER, FOLLOW_UP, people],
  );
