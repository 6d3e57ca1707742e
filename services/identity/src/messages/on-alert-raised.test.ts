import { randomUUID } from 'node:crypto';
import type { Role } from '@kept/passport';
import { openTestIdentity, type TestIdentity } from '../test-identity.ts';
import { onAlertRaised } from './on-alert-raised.ts';

let test: TestIdentity;
beforeAll(async () => {
  test = await openTestIdentity();
});
afterAll(() => test.stop());

const LARGE_DOWNLOAD = {
  reason: 'large_download',
  parameters: { people: '301', rows: '400', minutes: '60', actor: randomUUID() } as Record<string, string>,
};
const raise = (organizationId: string, alertId = randomUUID(), alert = LARGE_DOWNLOAD) =>
  test.databases.database.transaction(organizationId, (tx) =>
    onAlertRaised(test.identity, test.sending.log, {
      tx,
      event: {
        id: randomUUID(),
        name: 'alert.raised',
        organizationId,
        publisher: 'compliance',
        occurredAt: test.clock(),
        receivedAt: test.clock(),
        payload: { alertId, ...alert },
      },
    }),
  );
const staff = (organizationId: string, ...roles: Role[]) => test.member({ organizationId, roles });
const toldOf = (organizationId: string, about = 'large-download') =>
  test.databases.database.transaction(organizationId, async (tx) => {
    const rows = await tx.query<{ account_id: string; template: string }>(
      'SELECT account_id, template FROM outgoing_mail',
    );
    return rows.filter(({ template }) => template === about).map(({ account_id }) => account_id);
  });

it('[DET-04] writes to everybody who is responsible for data protection, once per alert, and to nobody else', async () => {
  const organizationId = await test.organization();
  const first = await staff(organizationId, 'COMPLIANCE');
  const second = await staff(organizationId, 'COMPLIANCE', 'PROVIDER');
  await staff(organizationId, 'MANAGER');
  await staff(await test.organization(), 'COMPLIANCE');
  const alertId = randomUUID();
  await raise(organizationId, alertId);
  await raise(organizationId, alertId);
  expect((await toldOf(organizationId)).toSorted()).toEqual([first.id, second.id].toSorted());
});

it('writes to the managers of a practice that has nobody for data protection', async () => {
  const organizationId = await test.organization();
  const manager = await staff(organizationId, 'MANAGER');
  await staff(organizationId, 'FRONT_DESK');
  await raise(organizationId);
  expect(await toldOf(organizationId)).toEqual([manager.id]);
});

it('[DET-10] writes of bookings that wait for a review to the managers, also where others are responsible for data', async () => {
  const organizationId = await test.organization();
  const manager = await staff(organizationId, 'MANAGER');
  await staff(organizationId, 'COMPLIANCE');
  await staff(organizationId, 'FRONT_DESK');
  const parameters = { count: '1', decideBy: '2027-03-03T10:00:00.000Z' };
  await raise(organizationId, randomUUID(), { reason: 'review_waiting', parameters });
  expect(await toldOf(organizationId, 'review-waiting')).toEqual([manager.id]);
  const [mail] = await test.mailsTo(manager.email);
  expect(mail?.subject).toBe('An unusual booking waits for you');
  expect(mail?.text).toContain('Nothing is denied unless somebody decides so');
});

it('[PAY-05] writes of a payment incident to billing once, else to the managers, and says which payment to nobody', async () => {
  const organizationId = await test.organization();
  const billing = await staff(organizationId, 'BILLING');
  await staff(organizationId, 'MANAGER');
  await staff(organizationId, 'COMPLIANCE');
  const alertId = randomUUID();
  for (let time = 0; time < 2; time += 1)
    await raise(organizationId, alertId, { reason: 'payment_incident', parameters: { count: '2' } });
  expect(await toldOf(organizationId, 'payment-incident')).toEqual([billing.id]);
  const [mail] = await test.mailsTo(billing.email);
  expect(mail?.subject).toBe('Payments need somebody to look at them');
  expect(mail?.text).toContain('Go to the payment incidents: https://book.example');
  const small = await test.organization();
  const manager = await staff(small, 'MANAGER');
  await raise(small, randomUUID(), {
    reason: 'processor_attestation',
    parameters: { validUntil: '2027-03-31' },
  });
  expect(await toldOf(small, 'processor-attestation')).toEqual([manager.id]);
});
