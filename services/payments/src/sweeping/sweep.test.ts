import { openPaymentsForTests, organizationOf, type UnderTest } from '../payments-for-tests.ts';
import { findDueWork } from './find-due-work.ts';
import { takeTurns } from './take-turns.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

/** Payments that come back again and again, all of them due for longer than anything else. */
async function stuck(organizationId: string, { count, attempts }: { count: number; attempts: number }) {
  await test.database.transaction(organizationId, async (tx) => {
    await tx.query('INSERT INTO organization (id) VALUES ($1) ON CONFLICT DO NOTHING', [organizationId]);
    await tx.query(
      `INSERT INTO booking_reference (booking_id, organization_id, client_id, provider_id, outcome, created_at)
       SELECT gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid(), 'HELD', $2 FROM generate_series(1, $3)`,
      [organizationId, test.clock(), count],
    );
    await tx.query(
      `INSERT INTO payment (id, organization_id, booking_id, client_id, hold_id, purpose, status, amount_minor, currency,
         exponent, quote_expires_at, created_at, settle_due_at, settle_attempts)
       SELECT gen_random_uuid(), $1, booking_id, client_id, gen_random_uuid(), 'DEPOSIT', 'CREATED', 4500, 'EUR', 2, $2, $2,
         $2::timestamptz - interval '1 day', $3
       FROM booking_reference b WHERE NOT EXISTS (SELECT FROM payment p WHERE p.booking_id = b.booking_id)`,
      [organizationId, test.clock(), attempts],
    );
  });
}

const foundIn = async (organizationId: string): Promise<string[]> => {
  const due = await findDueWork(test.payments);
  const own = due.find((found) => found.organizationId === organizationId);
  return own?.payments.map(({ paymentId }) => paymentId) ?? [];
};

describe('what is due', () => {
  it('is found behind six thousand payments that were tried in vain, and those come back one after the other', async () => {
    const organizationId = organizationOf(await test.newClient());
    await stuck(organizationId, { count: 6_000, attempts: 3 });
    await stuck(organizationId, { count: 1, attempts: 0 });
    const [fresh] = await test.database.transaction(organizationId, (tx) =>
      tx.query<{ id: string }>('SELECT id FROM payment WHERE settle_attempts = 0'),
    );
    const first = await foundIn(organizationId);
    expect(first).toContain(fresh?.id);
    const second = await foundIn(organizationId);
    expect(second.length).toBeGreaterThan(0);
    expect(second.filter((id) => first.includes(id))).toEqual([]);
    // After eight minutes in vain, those of the first round are due once more.
    test.clock.advance(16 * 60_000);
    const [again] = await test.database.transaction(organizationId, (tx) =>
      tx.query<{ due: boolean }>('SELECT settle_due_at <= $2 AS due FROM payment WHERE id = $1', [
        first[0],
        test.clock(),
      ]),
    );
    expect(again).toEqual({ due: true });
  });

  it('of one organization is no more at once than a small part, so that the next one’s comes soon', async () => {
    const [large, small] = [organizationOf(await test.newClient()), organizationOf(await test.newClient())];
    await stuck(large, { count: 300, attempts: 0 });
    await stuck(small, { count: 2, attempts: 0 });
    const due = await findDueWork(test.payments);
    const of = (organizationId: string) =>
      due.find((found) => found.organizationId === organizationId)?.payments ?? [];
    expect([of(large).length <= 50, of(small).length]).toEqual([true, 2]);
    const turns = takeTurns([of(large), of(small)]).map(({ organizationId }) => organizationId);
    expect(turns.slice(0, 4)).toEqual([large, small, large, small]);
    expect(turns).toHaveLength(of(large).length + 2);
  });
});
