import { randomUUID } from 'node:crypto';
import { tellMissing } from '../notices/tell-missing.ts';
import { openPaymentsForTests, organizationOf, staffOf, type UnderTest } from '../payments-for-tests.ts';
import { openIncident, subjectOf } from './incidents.ts';
import { scenesOf } from './scenes-for-tests.ts';
import { MAILS_PER_HOUR_MAX } from './tell-of-incident.ts';

// What was found is told: the client by a letter, billing by an incident that somebody answers for.
let test: UnderTest;
let scenes: ReturnType<typeof scenesOf>;
beforeAll(async () => {
  test = await openPaymentsForTests();
  scenes = scenesOf(test);
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

describe('[PAY-05] receipts', () => {
  it('(I10) one that a flow forgot is found in the books and sent, once', async () => {
    const paid = await scenes.captured();
    const { organizationId } = paid;
    await scenes.rows(organizationId, 'DELETE FROM money_notice');
    expect(await tellMissing(test.payments)).toBe(1);
    expect(await tellMissing(test.payments)).toBe(0);
    const told = await test.published(organizationId, 'message.requested');
    expect(told.map(({ template }) => template)).toEqual(['payment-captured', 'payment-captured']);
    expect(told[1]).toMatchObject({ parameters: { amount: '45.00 EUR' } });
  });
});

describe('an incident', () => {
  const LIST = `query ($all: Boolean) { paymentIncidents(withResolved: $all) { incidents {
    id kind ours theirs resolution resolvedBy payment { id } } } }`;
  const RESOLVE = `mutation ($input: ResolvePaymentIncidentInput!) { resolvePaymentIncident(input: $input) {
    __typename ... on PaymentIncidentResolved { incident { resolution } } } }`;

  it('[PAY-05] has billing written to when it opens, once, and says how many are open and nothing else', async () => {
    const paid = await scenes.captured();
    const { organizationId } = paid;
    await scenes.unheard('/v1/refunds', { payment_intent: paid.intentId, amount: '1000' });
    await scenes.run();
    await scenes.run('FULL');
    const [incident] = await scenes.rows<{ id: string }>(organizationId, 'SELECT id FROM payment_incident');
    expect(await test.published(organizationId, 'alert.raised')).toEqual([
      { alertId: incident?.id, reason: 'payment_incident', parameters: { count: '1' } },
    ]);
    // What is found a second time is not told a second time; what is found after it ended is another one.
    await scenes.rows(
      organizationId,
      `UPDATE payment_incident SET resolved_at = now(), resolution = 'NO_LONGER_SO'`,
    );
    await scenes.run('FULL');
    expect(await test.published(organizationId, 'alert.raised')).toHaveLength(2);
  });

  it('of very many, the first of each hour are written about, and all of them are listed', async () => {
    const organizationId = organizationOf(await test.newClient());
    const open = (count: number) =>
      test.database.transaction(organizationId, async (tx) => {
        for (let one = 0; one < count; one += 1) {
          const news = { kind: 'STATE', subjectId: subjectOf(randomUUID()), paymentId: null } as const;
          await openIncident(test.payments, tx, { ...news, ours: 'none', theirs: 'none' });
        }
      });
    await open(MAILS_PER_HOUR_MAX + 5);
    const told = async () => (await test.published(organizationId, 'alert.raised')).length;
    expect(await told()).toBe(MAILS_PER_HOUR_MAX);
    test.clock.advance(61 * 60_000);
    await open(1);
    expect(await told()).toBe(MAILS_PER_HOUR_MAX + 1);
    expect(await scenes.incidentsOf(organizationId)).toHaveLength(MAILS_PER_HOUR_MAX + 6);
  });

  it('is seen by billing, and ended by somebody with a recent second factor who says how', async () => {
    const paid = await scenes.captured();
    await scenes.unheard('/v1/refunds', { payment_intent: paid.intentId, amount: '1000' });
    await scenes.run();
    const now = () => test.clock().getTime() / 1000;
    const billing = { ...staffOf(paid.organizationId, 'BILLING'), authenticatedAt: now() };
    const listed = async (all: boolean) => {
      const { data } = await test.ask(billing, LIST, { all });
      return data?.['paymentIncidents'] as {
        incidents: { id: string; kind: string; payment: { id: string } }[];
      };
    };
    const [incident] = (await listed(false)).incidents;
    expect(incident).toMatchObject({ kind: 'REFUND_OUTSIDE', payment: { id: paid.paymentId } });
    const input = { incidentId: incident?.id, resolution: 'BOOKED_ELSEWHERE', idempotencyKey: randomUUID() };
    const resolve = async (caller: object, change: object = {}) => {
      const { data, errors } = await test.ask({ ...billing, ...caller }, RESOLVE, {
        input: { ...input, ...change },
      });
      const result = data?.['resolvePaymentIncident'] as { __typename: string } | undefined;
      return result?.__typename ?? errors[0]?.extensions?.code;
    };
    expect(await resolve({ authenticatedAt: now() - 3_600 })).toBe('STEP_UP_REQUIRED');
    expect(await resolve({ roles: ['MANAGER', 'FRONT_DESK'] })).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    const elsewhere = { organizationId: organizationOf(await test.newClient()) };
    expect(await resolve(elsewhere)).toBe('NOT_FOUND');
    expect(await resolve({}, { resolution: 'NO_LONGER_SO' })).toBe('BAD_INPUT');
    expect(await resolve({})).toBe('PaymentIncidentResolved');
    expect(await resolve({})).toBe('PaymentIncidentResolved');
    expect(await resolve({}, { resolution: 'NOT_OURS' })).toBe('IdempotencyConflict');
    expect(await resolve({}, { idempotencyKey: randomUUID() })).toBe('PaymentIncidentEnded');
    expect((await listed(false)).incidents).toEqual([]);
    expect((await listed(true)).incidents).toEqual([
      expect.objectContaining({ resolution: 'BOOKED_ELSEWHERE', resolvedBy: billing.accountId }),
    ]);
  });
});
