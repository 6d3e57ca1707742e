import { randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  clientOf,
  newsOf,
  openPaymentsForTests,
  organizationOf,
  staffOf,
  type UnderTest,
} from '../payments-for-tests.ts';
import { settlePayment } from '../settlement/settle-payment.ts';

// [PAY-01] Only tokens of the processor enter; what is stored of a card cannot be used to pay. [PAY-04] No column of the
// database could hold a card number, whatever the code does. The numbers are published test numbers.

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const CARD_NUMBERS = [
  '4242424242424242',
  '4242 4242 4242 4242',
  '3782-822463-10005',
  '30569309025904',
  '5555.5555.5555.4444',
];

const ADD = `mutation ($input: AddPaymentMethodInput!) { addPaymentMethod(input: $input) {
  __typename ... on PaymentMethodAdded { paymentMethod { id brand last4 status } } ... on PaymentMethodRefused { message } } }`;

const addMethod = (
  caller: Parameters<UnderTest['ask']>[0],
  token: string,
  idempotencyKey: string = randomUUID(),
) => test.ask(caller, ADD, { input: { token, idempotencyKey } });

/** Every text that the database holds, of every table, as its superuser sees it. */
async function everyText(): Promise<string> {
  const client = new pg.Client({ connectionString: test.adminUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const texts = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
      texts.push(...rows.map(({ text }) => `${name} ${text}`));
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}

describe('[PAY-01] a payment method', () => {
  it('is added by the token of the processor alone, and a card number in its place is refused', async () => {
    const client = await test.newClient();
    for (const token of [...CARD_NUMBERS, 'tok_visa', 'pm_', 'pm_4242 4242', '']) {
      const { data, errors } = await addMethod(client, token);
      expect([data, errors[0]?.extensions?.code]).toEqual([null, 'BAD_INPUT']);
      expect(JSON.stringify(errors)).not.toMatch(/\d{4}/);
    }
    const { data } = await addMethod(client, 'pm_card_visa');
    expect(data).toMatchObject({
      addPaymentMethod: { paymentMethod: { brand: 'visa', last4: '4242', status: 'ACTIVE' } },
    });
  });

  it('leaves no reference of the processor and no card number in any text of the database', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const method = await test.atProcessor<{ id: string; card: { fingerprint: string } }>(
      '/v1/payment_methods',
      'type=card&card[token]=tok_visa',
    );
    const added = await addMethod(client, method.id);
    const { id: paymentMethodId } = (added.data as { addPaymentMethod: { paymentMethod: { id: string } } })
      .addPaymentMethod.paymentMethod;
    const quote = test.quoteFor(client);
    const { payment } = await test.authorize(client, { quote, paymentMethodId });
    await test.deliver(organizationId, 'booking.confirmed', newsOf(quote).confirmed);
    await settlePayment(test.payments, { organizationId, paymentId: payment?.id ?? '' });
    const texts = await everyText();
    // The scan can see: what may be stored is found.
    expect(texts).toContain(paymentMethodId);
    expect(texts).toContain('visa');
    expect(texts).not.toContain(method.id);
    expect(texts).not.toContain(method.card.fingerprint);
    expect(texts).not.toMatch(/\b(pm|pi|cus|ch|re|seti)_[A-Za-z]/);
    expect(texts).not.toMatch(/_secret_/);
    for (const { id } of (await test.atProcessor<{ data: { id: string }[] }>('/v1/payment_intents')).data) {
      expect(texts).not.toContain(id);
    }
    expect(texts).not.toMatch(/(?<![\d-])4242[ .-]?4242/);
  });

  it('gives the same refusal for every bad card, the same answer for the same key, and resumes what broke off', async () => {
    const client = await test.newClient();
    const refusals = new Set<string>();
    for (const token of ['pm_card_chargeDeclined', 'pm_card_chargeDeclinedStolenCard', 'pm_neverheardof']) {
      refusals.add(JSON.stringify((await addMethod(client, token)).data));
    }
    expect(refusals.size).toBe(1);
    const key = randomUUID();
    await test.order({ kind: 'drop_after', times: 2, only: '/v1/payment_methods' });
    expect((await addMethod(client, 'pm_card_visa', key)).errors[0]?.extensions?.code).toBe('UNAVAILABLE');
    await test.callOff();
    const first = await addMethod(client, 'pm_card_visa', key);
    expect(first.data).toMatchObject({ addPaymentMethod: { __typename: 'PaymentMethodAdded' } });
    expect((await addMethod(client, 'pm_card_visa', key)).data).toEqual(first.data);
    const other = await addMethod(client, 'pm_card_mastercard', key);
    expect(other.data).toEqual({ addPaymentMethod: { __typename: 'IdempotencyConflict' } });
    const customers = await test.atProcessor<{
      data: { type: string; data: { object: { metadata: object } } }[];
    }>('/v1/events?type=customer.created&limit=1000');
    const ours = customers.data.filter(({ data }) => JSON.stringify(data).includes(client.accountId ?? '-'));
    expect(ours).toHaveLength(1);
  });

  it('is removed at the processor first, by its owner alone', async () => {
    const client = await test.newClient();
    const id = await test.addCard(client);
    const remove = `mutation ($input: RemovePaymentMethodInput!) { removePaymentMethod(input: $input) {
      __typename ... on PaymentMethodRemoved { paymentMethodId } } }`;
    const neighbour = clientOf(organizationOf(client));
    const input = () => ({ input: { paymentMethodId: id, idempotencyKey: randomUUID() } });
    expect((await test.ask(neighbour, remove, input())).errors[0]?.extensions?.code).toBe('NOT_FOUND');
    for (const _again of [1, 2]) {
      expect((await test.ask(client, remove, input())).data).toMatchObject({
        removePaymentMethod: { paymentMethodId: id },
      });
    }
    const detached = await test.atProcessor<{ data: object[] }>('/v1/events?type=payment_method.detached');
    expect(detached.data).toHaveLength(1);
    expect((await test.ask(client, '{ paymentMethods { id } }')).data).toEqual({ paymentMethods: [] });
  });
});

describe('[PAY-04] the database', () => {
  it('refuses a card number in every text column of this service', async () => {
    const { organizationId } = await test.newClient();
    const columns = await test.database.infrastructure('test', (tx) =>
      tx.query<{ table: string; column: string; refused: boolean }>(
        `SELECT c.relname AS "table", a.attname AS "column", EXISTS (
           SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.convalidated
             AND k.conname = a.attname || '_holds_no_card_number') AS refused
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND format_type(a.atttypid, null) IN ('text', 'character', 'character varying')
           AND c.relname NOT IN (SELECT unnest($1::text[]))`,
        [
          // Tables of packages: ids, names of keys and of events; the events' payloads are checked by the catalogue.
          [
            'organization',
            'idempotency_key',
            'outbox',
            'outbox_delivery',
            'inbox',
            'inbox_trouble',
            'encryption_key',
            'data_subject_key',
            'legal_hold',
            'kept_migration',
            'schema_migration',
            'migration',
          ],
        ],
      ),
    );
    expect(columns.length).toBeGreaterThan(25);
    expect(columns.filter(({ refused }) => !refused)).toEqual([]);
    for (const number of CARD_NUMBERS) {
      const insert = test.database.transaction(organizationId ?? '', (tx) =>
        tx.query(
          `INSERT INTO payment_method (id, organization_id, client_id, status, funding, created_at, last_used_at)
           VALUES (gen_random_uuid(), $1, $1, 'PENDING', $2, now(), now())`,
          [organizationId, `card ${number}`],
        ),
      );
      await expect(insert).rejects.toThrow('funding_holds_no_card_number');
    }
  });

  it('takes nothing but four digits for the last four', async () => {
    const { organizationId } = await test.newClient();
    for (const last4 of ['42424', '424', 'abcd', '42 2']) {
      const insert = test.database.transaction(organizationId ?? '', (tx) =>
        tx.query(
          `INSERT INTO payment_method (id, organization_id, client_id, status, last4, created_at, last_used_at)
           VALUES (gen_random_uuid(), $1, $1, 'PENDING', $2, now(), now())`,
          [organizationId, last4],
        ),
      );
      await expect(insert).rejects.toThrow(/last4_is_four_digits|too long/);
    }
  });

  it('[payments T24] opens no reference that was moved to another row or another client', async () => {
    const client = await test.newClient();
    const neighbour = clientOf(organizationOf(client));
    const [mine, theirs] = [await test.addCard(client), await test.addCard(neighbour)];
    await test.database.transaction(organizationOf(client), (tx) =>
      tx.query(
        `UPDATE payment_method SET processor_reference = (SELECT processor_reference FROM payment_method WHERE id = $1)
         WHERE id = $2`,
        [theirs, mine],
      ),
    );
    const pay = test.authorize(client, { quote: test.quoteFor(client), paymentMethodId: mine });
    await expect(pay).rejects.toThrow('INTERNAL');
  });

  it('keeps staff away from adding and listing payment methods', async () => {
    const client = await test.newClient();
    const staff = staffOf(
      client.organizationId,
      'BILLING',
      'MANAGER',
      'FRONT_DESK',
      'PROVIDER',
      'COMPLIANCE',
    );
    expect((await test.ask(staff, '{ paymentMethods { id } }')).errors[0]?.extensions?.code).toBe(
      'UNAUTHORIZED_FIELD_OR_TYPE',
    );
    expect((await addMethod(staff, 'pm_card_visa')).errors[0]?.extensions?.code).toBe(
      'UNAUTHORIZED_FIELD_OR_TYPE',
    );
  });
});
