import { CarrierUnavailable, type Carrier } from '@kept/jobs';
import { sealEvent } from './envelope.ts';
import { deliverJob } from './event-jobs.ts';
import {
  eventually,
  completed,
  describeEachCarrier,
  effectOf,
  payment,
  testOrganization,
} from './network-for-tests.ts';
import { outboxBacklog } from './outbox.ts';
import { publish } from './publish.ts';

const isDelivered = async (service: { database: Parameters<typeof outboxBacklog>[0] }): Promise<boolean> =>
  (await outboxBacklog(service.database)).waiting === 0;

describeEachCarrier('an event', (network) => {
  it('reaches every consumer once and is acknowledged by each', async () => {
    const scheduling = await network().service('scheduling');
    const consumers = [await network().service('payments'), await network().service('compliance')];
    const organizationId = await testOrganization(scheduling.database);
    const relay = scheduling.relay({ redeliverAfterMs: 30_000 });
    for (const one of consumers) one.inbox({ handlers: { 'booking.completed': effectOf } });
    const ids = [];
    for (let n = 0; n < 5; n += 1)
      ids.push(await scheduling.publish(organizationId, 'booking.completed', completed()));
    await eventually(() => isDelivered(scheduling));
    for (const one of consumers) expect((await one.effects(organizationId)).sort()).toEqual([...ids].sort());
    await eventually(() => relay.counters.acknowledged === 10);
    expect(relay.counters).toMatchObject({ sent: 10, redelivered: 0 });
  });

  it('is not sent when the transaction that published it is rolled back', async () => {
    const payments = await network().service('payments');
    const organizationId = await testOrganization(payments.database);
    await expect(
      payments.database.transaction(organizationId, async (tx) => {
        await publish(tx, 'payment.captured', payment());
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await payments.rows('SELECT FROM outbox')).toHaveLength(0);
    expect(await payments.rows('SELECT FROM outbox_delivery')).toHaveLength(0);
  });

  it('takes effect once, however often it is delivered, by however many processes at a time', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    const id = await payments.publish(organizationId, 'payment.captured', payment());
    const [row] = await payments.rows<{ payload: Record<string, unknown> }>('SELECT payload FROM outbox');
    const letter = sealEvent(
      {
        v: 1,
        id,
        name: 'payment.captured',
        version: 1,
        publisher: 'payments',
        organizationId,
        occurredAt: new Date().toISOString(),
        payload: row?.payload ?? {},
      },
      network().keys.payments.privateKey,
    );
    const copies = Array.from({ length: 24 }, (_, n) => ({ data: letter, id: `copy-${n}` }));
    await payments.openCarrier().enqueueMany(deliverJob, copies, { service: 'scheduling' });
    const inboxes = [1, 2, 3].map(() =>
      scheduling.inbox({ handlers: { 'payment.captured': effectOf }, concurrency: 4 }),
    );
    const total = (what: 'handled' | 'duplicates'): number =>
      inboxes.reduce((sum, one) => sum + one.counters[what], 0);
    await eventually(() => total('handled') + total('duplicates') === 24);
    expect(await scheduling.effects(organizationId)).toEqual([id]);
    expect(total('handled')).toBe(1);
  });

  it('takes effect once when the process dies between its commit and its acknowledgement', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    const relay = payments.relay({ redeliverAfterMs: 200 });
    // Acknowledgements of the first process never leave it, as if it had died right after the commit.
    const lost = (): Promise<never> => Promise.reject(new CarrierUnavailable('it died'));
    const dying: Carrier = { ...scheduling.openCarrier(), enqueueMany: lost };
    const first = scheduling.inbox({ handlers: { 'payment.captured': effectOf }, carrier: dying });
    const id = await payments.publish(organizationId, 'payment.captured', payment());
    await eventually(() => first.counters.handled === 1);
    await dying.close();
    expect(await outboxBacklog(payments.database)).toMatchObject({ waiting: 1 });
    const second = scheduling.inbox({ handlers: { 'payment.captured': effectOf } });
    await eventually(() => isDelivered(payments));
    expect(second.counters).toMatchObject({ handled: 0 });
    expect(second.counters.duplicates).toBeGreaterThan(0);
    expect(relay.counters.redelivered).toBeGreaterThan(0);
    expect(await scheduling.effects(organizationId)).toEqual([id]);
  });

  it('leaves nothing of a handler that failed half-way, and takes effect when it is tried again', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    payments.relay();
    let tries = 0;
    scheduling.inbox({
      handlers: {
        'payment.captured': async (tx, event) => {
          await effectOf(tx, event);
          if ((tries += 1) <= 2) throw new Error('the booking has not arrived yet');
        },
      },
    });
    const id = await payments.publish(organizationId, 'payment.captured', payment());
    await eventually(() => isDelivered(payments));
    expect(tries).toBe(3);
    expect(await scheduling.effects(organizationId)).toEqual([id]);
    expect(await scheduling.rows('SELECT FROM inbox_trouble')).toHaveLength(0);
  });

  it('survives that the queues lose everything in mid-flight', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    payments.relay({ redeliverAfterMs: 300 });
    const slow = scheduling.inbox({
      handlers: {
        'payment.captured': async (tx, event) => {
          await tx.query('SELECT pg_sleep(0.02)');
          await effectOf(tx, event);
        },
      },
      concurrency: 2,
    });
    const ids: string[] = [];
    for (let n = 0; n < 60; n += 1) {
      ids.push(await payments.publish(organizationId, 'payment.captured', payment()));
      if (n % 20 === 19) await network().loseQueues();
    }
    await eventually(() => slow.counters.handled > 5);
    await network().loseQueues();
    await eventually(() => isDelivered(payments));
    expect((await scheduling.effects(organizationId)).sort()).toEqual([...ids].sort());
  });

  it('is sent once by several relays over one outbox', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    const relays = [1, 2, 3].map(() => payments.relay({ redeliverAfterMs: 30_000 }));
    scheduling.inbox({ handlers: { 'payment.captured': effectOf } });
    await Promise.all(
      Array.from({ length: 40 }, () => payments.publish(organizationId, 'payment.captured', payment())),
    );
    await eventually(() => isDelivered(payments));
    expect(relays.reduce((sum, { counters }) => sum + counters.sent, 0)).toBe(40);
    expect(await scheduling.effects(organizationId)).toHaveLength(40);
  });

  it('is sent as soon as the transaction is committed, long before the next poll', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    payments.relay({ pollMs: 60_000 });
    const inbox = scheduling.inbox({ handlers: { 'payment.captured': effectOf } });
    await payments.publish(organizationId, 'payment.captured', payment());
    await eventually(() => inbox.counters.handled === 1);
  });

  it('waits in the outbox while the queue is away', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    const carrier = payments.openCarrier();
    let refusals = 0;
    let away = true;
    const flaky: Carrier = {
      ...carrier,
      enqueueMany: async (job, entries, to) => {
        if (!away) return carrier.enqueueMany(job, entries, to);
        refusals += 1;
        throw new CarrierUnavailable('away');
      },
    };
    payments.relay({ carrier: flaky, redeliverAfterMs: 3_600_000 });
    const inbox = scheduling.inbox({ handlers: { 'payment.captured': effectOf } });
    await payments.publish(organizationId, 'payment.captured', payment());
    await eventually(() => refusals >= 2);
    away = false;
    await eventually(() => inbox.counters.handled === 1);
  });
});
