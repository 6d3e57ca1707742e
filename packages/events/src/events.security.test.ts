import { generateKeyPairSync, randomUUID } from 'node:crypto';
import {
  sealAcknowledgement,
  sealEvent,
  type Acknowledgement,
  type Envelope,
  type Letter,
} from './envelope.ts';
import { acknowledgeJob, deliverJob } from './event-jobs.ts';
import { eventually, describeEachCarrier, effectOf, payment, testOrganization } from './network-for-tests.ts';
import { outboxBacklog } from './outbox.ts';
import { signStatement } from './statement.ts';

// The hole: whoever can write into a queue (a stolen Redis password, a careless restore) could tell scheduling that a deposit
// was paid, or make an audit entry disappear by acknowledging it. Signatures of the services close it; the queue is not trusted.

const envelopeOf = (organizationId: string): Envelope => ({
  v: 1,
  id: randomUUID(),
  name: 'payment.captured',
  version: 1,
  publisher: 'payments',
  organizationId,
  occurredAt: new Date().toISOString(),
  payload: payment(),
});

describeEachCarrier('a queue somebody else writes into', (network) => {
  it('[events forgery] cannot make a service believe an event that is not genuine', async () => {
    const scheduling = await network().service('scheduling');
    const organizationId = await testOrganization(scheduling.database);
    const { payments, identity } = network().keys;
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const genuine = envelopeOf(organizationId);
    const sealed = sealEvent(genuine, payments.privateKey);
    const altered = sealEvent({ ...genuine, organizationId: randomUUID() }, stranger).statement.split('.')[0];
    const letters: Letter[] = [
      sealEvent(genuine, stranger),
      // A genuine signature under an altered text.
      { from: 'payments', statement: `${altered}.${sealed.statement.split('.')[1]}` },
      // identity signs what it says is from payments, under either name.
      { from: 'identity', statement: sealEvent(genuine, identity.privateKey).statement },
      { from: 'payments', statement: sealEvent(genuine, identity.privateKey).statement },
      // identity signs in its own name what only payments may say.
      sealEvent({ ...genuine, publisher: 'identity' }, identity.privateKey),
      // Something else that payments signed.
      { from: 'payments', statement: signStatement('kept/quote/v1', genuine, payments.privateKey) },
      // Signed, and not in the catalogue's form.
      sealEvent({ ...genuine, payload: { ...payment(), note: 'free text' } }, payments.privateKey),
      { from: 'nobody', statement: sealed.statement },
      { from: 'payments', statement: 'not a statement' },
      {} as Letter,
    ];
    const inbox = scheduling.inbox({ handlers: { 'payment.captured': effectOf } });
    const anybody = scheduling.openCarrier();
    await anybody.enqueueMany(
      deliverJob,
      letters.map((data, n) => ({ data, id: `forged-${n}` })),
    );
    await eventually(() => inbox.counters.refused === letters.length);
    expect(await scheduling.effects(organizationId)).toEqual([]);
    expect(await scheduling.rows('SELECT FROM inbox')).toEqual([]);
    expect(await scheduling.rows('SELECT FROM inbox_trouble')).toEqual([]);
    expect(scheduling.log.said.filter(({ sentence }) => sentence.includes('may be forging'))).toHaveLength(
      letters.length,
    );
    // The same event, genuine, is still welcome afterwards.
    await anybody.enqueueMany(deliverJob, [{ data: sealed, id: 'genuine' }]);
    await eventually(() => inbox.counters.handled === 1);
    expect(await scheduling.effects(organizationId)).toEqual([genuine.id]);
  });

  it('[events forgery] cannot make an event disappear by acknowledging it', async () => {
    const payments = await network().service('payments');
    const organizationId = await testOrganization(payments.database);
    const id = await payments.publish(organizationId, 'payment.captured', payment());
    payments.relay();
    const { identity } = network().keys;
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const said: Acknowledgement = { v: 1, consumer: 'scheduling', eventIds: [id] };
    const letters: Letter[] = [
      sealAcknowledgement(said, stranger),
      { from: 'scheduling', statement: sealAcknowledgement(said, identity.privateKey).statement },
      { from: 'identity', statement: sealAcknowledgement(said, identity.privateKey).statement },
      // identity may acknowledge for itself, which ends nothing here.
      sealAcknowledgement({ ...said, consumer: 'identity' }, identity.privateKey),
    ];
    await payments.openCarrier().enqueueMany(
      acknowledgeJob,
      letters.map((data) => ({ data })),
    );
    await eventually(
      () => payments.log.said.filter(({ sentence }) => sentence.includes('may be forging')).length === 3,
    );
    expect(await outboxBacklog(payments.database)).toMatchObject({ waiting: 1 });
  });

  it('[events tenant wall] a handler sees and changes only the organization of its event', async () => {
    const payments = await network().service('payments');
    const scheduling = await network().service('scheduling');
    const [one, two] = [
      await testOrganization(scheduling.database),
      await testOrganization(scheduling.database),
    ];
    payments.relay();
    const seen: (string | null)[] = [];
    const counts: number[] = [];
    scheduling.inbox({
      concurrency: 1,
      handlers: {
        'payment.captured': async (tx, event) => {
          await effectOf(tx, event);
          seen.push(tx.organizationId);
          counts.push((await tx.query('SELECT FROM effect')).length);
        },
        // A handler that would write into another organization is stopped by PostgreSQL.
        'payment.voided': (tx, event) => effectOf(tx, { ...event, organizationId: two }),
      },
      parkAfter: 1,
    });
    await payments.publish(one, 'payment.captured', payment());
    await payments.publish(two, 'payment.captured', payment());
    await eventually(() => seen.length === 2);
    expect(new Set(seen)).toEqual(new Set([one, two]));
    expect(counts).toEqual([1, 1]);
    const trespasser = await payments.publish(one, 'payment.voided', payment());
    await eventually(async () => {
      const troubles = await scheduling.rows('SELECT FROM inbox_trouble WHERE event_id = $1', [trespasser]);
      return troubles.length === 1;
    });
    expect(await scheduling.effects(two)).toHaveLength(1);
  });
});
