import { randomBytes, randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { openPaymentsForTests, organizationOf, type UnderTest } from '../payments-for-tests.ts';

// Code that believes it may charge more than was agreed to, twice, for something else or after it was forgiven: PostgreSQL
// refuses each, whatever wrote the row.

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

interface Charge {
  amountMinor: number;
  purpose?: string;
  currency?: string;
  mandate?: string | null;
  clientId?: string;
  bookingId?: string;
}

async function agreed() {
  const client = await test.newClient();
  const organizationId = organizationOf(client);
  const methodId = await test.addCard(client);
  const quote = test.quoteFor(client);
  const other = test.quoteFor(client);
  const mandateId = randomUUID();
  const inside = <T>(work: (tx: Transaction) => Promise<T>) =>
    test.database.transaction(organizationId, work);
  for (const { bookingId } of [quote, other])
    await inside((tx) =>
      tx.query(
        `INSERT INTO booking_reference (booking_id, organization_id, client_id, provider_id, outcome, created_at)
         VALUES ($1, $2, $3, $4, 'HELD', $5)`,
        [bookingId, organizationId, client.accountId, quote.providerId, test.clock()],
      ),
    );
  await inside((tx) =>
    tx.query(
      `INSERT INTO mandate (id, organization_id, client_id, payment_method_id, booking_id, text_version, text_sha256, language,
         accepted_at, max_amount_minor, currency, covers)
       VALUES ($1, $2, $3, $4, $5, '1', $6, 'en', $7, 3000, 'EUR', '{NO_SHOW_FEE}')`,
      [mandateId, organizationId, client.accountId, methodId, quote.bookingId, randomBytes(32), test.clock()],
    ),
  );
  const charge = ({ amountMinor, purpose = 'NO_SHOW_FEE', currency = 'EUR', ...change }: Charge) =>
    inside((tx) =>
      tx.query(
        `INSERT INTO payment (id, organization_id, booking_id, client_id, payment_method_id, purpose, status, amount_minor,
           currency, exponent, quote_expires_at, created_at, mandate_id, off_session)
         VALUES ($1, $2, $3, $4, $5, $6, 'CREATED', $7, $8, 2, $9, $9, $10, $11)`,
        [
          randomUUID(),
          organizationId,
          change.bookingId ?? quote.bookingId,
          change.clientId ?? client.accountId,
          methodId,
          purpose,
          amountMinor,
          currency,
          test.clock(),
          change.mandate === undefined ? mandateId : change.mandate,
          change.mandate !== null,
        ],
      ),
    );
  return { charge, inside, mandateId, quote, other, organizationId, clientId: client.accountId };
}

const BEYOND = { constraint: 'fee_is_within_what_was_agreed' };

it('[payments T19] a fee above what was agreed, for something else, or without consent is refused by PostgreSQL', async () => {
  const { charge, inside, mandateId, other } = await agreed();
  for (const beyond of [
    { amountMinor: 3001 },
    { amountMinor: 100, purpose: 'LATE_CANCEL_FEE' },
    { amountMinor: 100, currency: 'USD' },
    { amountMinor: 100, mandate: null },
    { amountMinor: 100, mandate: randomUUID() },
    { amountMinor: 100, clientId: randomUUID() },
    { amountMinor: 100, bookingId: other.bookingId },
  ])
    await expect(charge(beyond)).rejects.toMatchObject(BEYOND);
  await inside((tx) => tx.query('UPDATE mandate SET revoked_at = now() WHERE id = $1', [mandateId]));
  await expect(charge({ amountMinor: 100 })).rejects.toMatchObject(BEYOND);
});

it('[payments T19] of two charges at once that are each within it and together beyond, one is refused', async () => {
  const { charge } = await agreed();
  const outcomes = await Promise.allSettled([charge({ amountMinor: 2000 }), charge({ amountMinor: 2000 })]);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

it('a fee that was waived is not charged by anybody any more', async () => {
  const { charge, inside, quote, organizationId, clientId } = await agreed();
  await inside((tx) =>
    tx.query(
      `INSERT INTO fee (id, organization_id, booking_id, client_id, purpose, agreed_minor, currency, due_at, state, waived_by,
         waiver_reason, created_at) VALUES ($1, $2, $3, $4, 'NO_SHOW_FEE', 3000, 'EUR', $5, 'WAIVED', $6, 'GOODWILL', $5)`,
      [randomUUID(), organizationId, quote.bookingId, clientId, test.clock(), randomUUID()],
    ),
  );
  await expect(charge({ amountMinor: 3000 })).rejects.toMatchObject({
    constraint: 'waived_fee_is_not_charged',
  });
});
