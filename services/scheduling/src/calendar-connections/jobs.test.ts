import { openCarrier, type Carrier } from '@kept/jobs';
import { eventually } from '@kept/testing';
import { startTestScheduling, openBusiness, type TestScheduling } from '../scheduling-for-tests.ts';
import { sealAccess } from './calendar-access.ts';
import { calendarOf, eventOf, giving, openTestServer } from './calendar-for-tests.ts';
import { sweepCalendars, sweepCalendarsHandler } from './sweep-calendars.job.ts';
import { syncCalendarHandler } from './sync-calendar.job.ts';

let test: TestScheduling;
let carrier: Carrier;
beforeAll(async () => {
  test = await startTestScheduling();
  carrier = openCarrier({
    service: 'scheduling',
    postgresUrl: test.stored.queueUrl,
    log: test.scheduling.log,
  });
});
afterAll(async () => {
  await carrier.close();
  await test.stop();
});

it('reads what is due by the rows alone, though no queue ever heard of it', async () => {
  const business = await openBusiness(test);
  const text = calendarOf(...eventOf('DTSTART:20270210T100000Z', 'DTEND:20270210T110000Z'));
  const server = await openTestServer(giving(text));
  const { organizationId, providerId } = business;
  const id = '33333333-3333-4333-8333-333333333333';
  await test.database.transaction(organizationId, async (tx) => {
    const access = { kind: 'ICS' as const, url: `${server.url}/a.ics` };
    const sealed = await sealAccess(tx, test.scheduling.keyring, { id, providerId, access });
    await tx.query(
      `INSERT INTO calendar_connection (id, organization_id, provider_id, kind, access, version, created_at,
         last_worked_at, next_sync_at, covered_until) VALUES ($1, $2, $3, 'ICS', $4, 1, $5, $5, $5, $5)`,
      [id, organizationId, providerId, sealed, test.clock()],
    );
  });
  carrier.work([syncCalendarHandler(test.scheduling), sweepCalendarsHandler(test.scheduling, carrier)]);
  await carrier.every(sweepCalendars, { everyMs: 200 });
  const busy = () =>
    test.database.transaction(organizationId, (tx) =>
      tx.query<{ starts_at: Date }>('SELECT starts_at FROM busy_block WHERE provider_id = $1', [providerId]),
    );
  await eventually(async () => (await busy()).length === 1, { withinMs: 15_000 });
  expect(await busy()).toEqual([{ starts_at: new Date('2027-02-10T10:00:00Z') }]);
  await server.stop();
});
