import { inboxTroubles } from './inbox-table.ts';
import { eventually, describeEachCarrier, effectOf, payment, testOrganization } from './network-for-tests.ts';
import { outboxBacklog } from './outbox.ts';

describeEachCarrier('an event that cannot be handled', (network) => {
  it('is parked after its attempts and said once, is not acknowledged, and takes effect when the fault is mended', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    payments.relay({ redeliverAfterMs: 200 });
    let mended = false;
    const inbox = scheduling.inbox({
      parkAfter: 3,
      handlers: {
        'payment.captured': async (tx, event) => {
          if (!mended) throw new TypeError('cannot read properties of undefined');
          await effectOf(tx, event);
        },
        'payment.voided': effectOf,
      },
    });
    const poison = await payments.publish(organizationId, 'payment.captured', payment());
    await eventually(() => inbox.counters.parked === 1);
    // The publisher goes on sending it, and others are not held up by it.
    const healthy = await payments.publish(organizationId, 'payment.voided', payment());
    await eventually(async () => (await inboxTroubles(scheduling.database))[0]?.attempts === 5);
    expect(await scheduling.effects(organizationId)).toEqual([healthy]);
    expect(await outboxBacklog(payments.database)).toMatchObject({ waiting: 1 });
    const [trouble] = await inboxTroubles(scheduling.database);
    expect(trouble).toMatchObject({
      eventId: poison,
      organizationId,
      reason: 'HANDLER_FAILED',
      parked: true,
    });
    expect(scheduling.log.said.filter(({ sentence }) => sentence.includes('is parked'))).toHaveLength(1);
    expect(inbox.counters.parked).toBe(1);
    mended = true;
    await eventually(async () => (await outboxBacklog(payments.database)).waiting === 0);
    expect(await scheduling.effects(organizationId)).toEqual([healthy, poison]);
    expect(await inboxTroubles(scheduling.database)).toEqual([]);
  });

  it('because its version is newer than ours waits, is said once, and takes effect when we know it', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    const id = await payments.publish(organizationId, 'payment.captured', payment());
    await payments.rows('UPDATE outbox SET version = 7');
    payments.relay({ redeliverAfterMs: 150 });
    scheduling.inbox({ handlers: { 'payment.captured': effectOf } });
    await eventually(async () => ((await inboxTroubles(scheduling.database))[0]?.attempts ?? 0) >= 2);
    expect(await inboxTroubles(scheduling.database)).toMatchObject([
      { reason: 'UNKNOWN_EVENT', parked: true },
    ]);
    const said = scheduling.log.said.filter(({ fields }) => fields['event'] === id);
    expect(said).toHaveLength(1);
    expect(said[0]?.fields).toMatchObject({ name: 'payment.captured', version: 7, publisher: 'payments' });
    await payments.rows('UPDATE outbox SET version = 1');
    await eventually(async () => (await outboxBacklog(payments.database)).waiting === 0);
    expect(await scheduling.effects(organizationId)).toEqual([id]);
    expect(await inboxTroubles(scheduling.database)).toEqual([]);
  });

  it('because this service has no handler waits at its publisher, and the service says so when it starts', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    payments.relay();
    scheduling.inbox({ handlers: {} });
    await payments.publish(organizationId, 'payment.captured', payment());
    await eventually(async () => (await inboxTroubles(scheduling.database)).length === 1);
    expect(await inboxTroubles(scheduling.database)).toMatchObject([{ reason: 'NO_HANDLER' }]);
    expect(await outboxBacklog(payments.database)).toMatchObject({ waiting: 1 });
    expect(scheduling.log.said).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: { name: 'payment.captured' } }),
    );
  });

  it('because it is older than any claim we remember is left to a person: it may have been handled already', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    const id = await payments.publish(organizationId, 'payment.captured', payment());
    await payments.rows("UPDATE outbox SET occurred_at = now() - interval '46 days'");
    payments.relay();
    scheduling.inbox({ handlers: { 'payment.captured': effectOf } });
    await eventually(async () => (await inboxTroubles(scheduling.database)).length === 1);
    expect(await inboxTroubles(scheduling.database)).toMatchObject([{ eventId: id, reason: 'TOO_OLD' }]);
    expect(await scheduling.effects(organizationId)).toEqual([]);
    expect(scheduling.log.said.some(({ level, fields }) => level === 'error' && fields['event'] === id)).toBe(
      true,
    );
  });
});
