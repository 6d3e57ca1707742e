import { CLAIM_DAYS, forgetClaims } from './inbox-table.ts';
import { openPostgresNetwork, payment, testOrganization, type Network } from './network-for-tests.ts';
import { acknowledge, deleteDelivered, giveBack, takeDue } from './outbox.ts';

let network: Network;
beforeEach(() => void (network = openPostgresNetwork()));
afterEach(() => network.close());

describe('housekeeping', () => {
  it('deletes old events in batches once everybody has acknowledged them, and no others', async () => {
    const scheduling = await network.service('payments');
    const { database } = scheduling;
    const organizationId = await testOrganization(database);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1)
      ids.push(await scheduling.publish(organizationId, 'payment.captured', payment()));
    const [unacknowledged = '', young = '', ...old] = ids;
    await scheduling.rows("UPDATE outbox SET occurred_at = now() - interval '8 days' WHERE id <> $1", [
      young,
    ]);
    await acknowledge(database, { consumer: 'scheduling', eventIds: [young, ...old] });
    expect(await deleteDelivered(database, { keepDays: 7, batch: 2 })).toBe(2);
    expect(await deleteDelivered(database, { keepDays: 7, batch: 2 })).toBe(1);
    expect(await deleteDelivered(database, { keepDays: 7, batch: 2 })).toBe(0);
    const left = await scheduling.rows<{ id: string }>('SELECT id FROM outbox');
    expect(left.map(({ id }) => id).sort()).toEqual([unacknowledged, young].sort());
    expect(await scheduling.rows('SELECT FROM outbox_delivery')).toHaveLength(2);
  });

  it('forgets claims only after the time in which an event is still handled', async () => {
    const { database, rows } = await network.service('scheduling');
    const claimed = (days: number): Promise<unknown[]> =>
      rows(
        `INSERT INTO inbox (event_id, organization_id, name, publisher, handled_at)
         VALUES (gen_random_uuid(), gen_random_uuid(), 'payment.captured', 'payments', now() - make_interval(days => $1))`,
        [days],
      );
    for (const days of [0, CLAIM_DAYS, CLAIM_DAYS + 2, CLAIM_DAYS + 3]) await claimed(days);
    expect(await forgetClaims(database, 1)).toBe(1);
    expect(await forgetClaims(database, 100)).toBe(1);
    expect(await rows('SELECT FROM inbox')).toHaveLength(2);
  });
});

describe('redelivery', () => {
  it('waits twice as long each time, up to an hour', async () => {
    const payments = await network.service('payments');
    const organizationId = await testOrganization(payments.database);
    await payments.publish(organizationId, 'payment.captured', payment());
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      expect(await takeDue(payments.database, { batch: 10, redeliverAfterMs: 30_000 })).toMatchObject([
        { name: 'payment.captured', consumer: 'scheduling', attempts: attempt },
      ]);
      // Taken is taken: another relay gets nothing until the wait is over.
      expect(await takeDue(payments.database, { batch: 10, redeliverAfterMs: 30_000 })).toEqual([]);
      const [row] = await payments.rows<{ wait: number }>(
        'SELECT extract(epoch FROM due_at - now())::float8 AS wait FROM outbox_delivery',
      );
      waits.push(Math.round((row?.wait ?? 0) / 30));
      await payments.rows('UPDATE outbox_delivery SET due_at = now()');
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120]);
  });

  it('does not count an attempt that never reached a queue', async () => {
    const payments = await network.service('payments');
    const organizationId = await testOrganization(payments.database);
    await payments.publish(organizationId, 'payment.captured', payment());
    const options = { batch: 10, redeliverAfterMs: 30_000 };
    await giveBack(payments.database, await takeDue(payments.database, options), 0);
    expect(await takeDue(payments.database, options)).toMatchObject([{ attempts: 1 }]);
  });
});
