import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import {
  clientOf,
  openPaymentsForTests,
  organizationOf,
  RETURN_ORIGIN,
  type UnderTest,
} from '../payments-for-tests.ts';

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

const START = `mutation ($input: StartPaymentMethodCollectionInput!) { startPaymentMethodCollection(input: $input) {
  __typename ... on PaymentMethodCollectionStarted { url clientSecret collection { id status } } } }`;
const FINISH = `mutation ($input: FinishPaymentMethodCollectionInput!) { finishPaymentMethodCollection(input: $input) {
  id status paymentMethod { id brand last4 status } } }`;
const REPLACE = `mutation ($input: ReplacePaymentMethodInput!) { replacePaymentMethod(input: $input) {
  __typename ... on PaymentMethodReplaced { paymentMethod { id } } } }`;
const METHODS = '{ paymentMethods { id last4 expiryYear } }';

interface Started {
  url: string | null;
  clientSecret: string | null;
  collection: { id: string; status: string };
}

async function start(client: Caller, input: object): Promise<Started> {
  const answer = await test.ask(client, START, { input: { idempotencyKey: randomUUID(), ...input } });
  const started = answer.data?.['startPaymentMethodCollection'] as
    (Started & { __typename: string }) | undefined;
  if (started === undefined) throw new Error(JSON.stringify(answer.errors));
  return started;
}

async function finish(client: Caller, { collection: { id } }: Started) {
  const answer = await test.ask(client, FINISH, { input: { collectionId: id } });
  return answer.data?.['finishPaymentMethodCollection'] as {
    status: string;
    paymentMethod: { id: string; last4: string } | null;
  };
}

const methods = async (client: Caller) =>
  (await test.ask(client, METHODS)).data?.['paymentMethods'] as {
    id: string;
    last4: string;
    expiryYear: number;
  }[];

/** What a person does on the page of the processor. */
async function submit(url: string, form: string): Promise<Response> {
  return fetch(url, { method: 'POST', body: form, redirect: 'manual' });
}

const page = { way: 'HOSTED_PAGE', returnUrl: `${RETURN_ORIGIN}/cards?from=profile` };

describe('a card given on the page of the processor', () => {
  it('[DAT-11] is known when its owner comes back, and no field of the page takes a number', async () => {
    const client = await test.newClient();
    const key = randomUUID();
    const visit = await start(client, { ...page, idempotencyKey: key });
    expect((await start(client, { ...page, idempotencyKey: key })).url).toBe(visit.url);
    const html = await (await fetch(visit.url ?? '')).text();
    expect(html).not.toMatch(/<input(?![^>]*type="hidden")/);
    expect((await finish(client, visit)).status).toBe('OPEN');
    const declined = await submit(visit.url ?? '', 'card=chargeDeclined');
    expect([declined.status, await declined.text()]).toEqual([200, expect.stringContaining('declined')]);
    const accepted = await submit(visit.url ?? '', 'card=mastercard');
    expect(accepted.headers.get('location')).toBe(
      `${RETURN_ORIGIN}/cards?from=profile&collection=${visit.collection.id}`,
    );
    const done = await finish(client, visit);
    expect(done).toMatchObject({ status: 'COMPLETED', paymentMethod: { last4: '4444' } });
    expect(await methods(client)).toHaveLength(1);
    const neighbour = clientOf(organizationOf(client));
    const foreign = await test.ask(neighbour, FINISH, { input: { collectionId: visit.collection.id } });
    expect(foreign.errors[0]?.extensions?.code).toBe('NOT_FOUND');
  });

  it('is asked about at the bank: a refusal keeps nothing, an approval keeps it', async () => {
    const client = await test.newClient();
    const visit = await start(client, page);
    for (const answer of ['reject', 'approve']) {
      const asked = await submit(visit.url ?? '', 'card=authenticationRequired');
      const bank = asked.headers.get('location') ?? '';
      const secret = new URL(bank).searchParams.get('client_secret') ?? '';
      expect((await fetch(bank.replace(/client_secret=.*/, 'client_secret=wrong'))).status).toBe(401);
      await submit(bank, new URLSearchParams({ client_secret: secret, answer }).toString());
      const back = await fetch(`${visit.url}/done`, { redirect: 'manual' });
      const { status } = await finish(client, visit);
      expect([answer, back.status, status]).toEqual(
        answer === 'reject' ? ['reject', 200, 'OPEN'] : ['approve', 303, 'COMPLETED'],
      );
    }
  });

  it('comes by a webhook when nobody comes back, once, also when both arrive together', async () => {
    const client = await test.newClient();
    const visit = await start(client, page);
    await submit(visit.url ?? '', 'card=visa');
    await Promise.all([test.work(), finish(client, visit), finish(client, visit), test.work()]);
    expect(await methods(client)).toHaveLength(1);
    expect((await finish(client, visit)).status).toBe('COMPLETED');
  });

  it('is found by the sweep when the webhook is lost, and a visit that brought nothing ends', async () => {
    await test.order({ kind: 'webhook_lost', times: 99 });
    const client = await test.newClient();
    const [given, empty] = [await start(client, page), await start(client, page)];
    await submit(given.url ?? '', 'card=visa');
    test.clock.advance(6 * 60_000);
    await test.work();
    expect(await methods(client)).toHaveLength(1);
    test.clock.advance(3 * 3_600_000);
    await test.work();
    expect((await finish(client, empty)).status).toBe('CLOSED');
  });

  it('refuses to send people to an address that nobody has named', async () => {
    const client = await test.newClient();
    for (const returnUrl of [
      'https://evil.example/',
      'javascript:alert(1)',
      'https://app.example.evil.example/',
      null,
    ]) {
      const answer = await test.ask(client, START, {
        input: { way: 'HOSTED_PAGE', returnUrl, idempotencyKey: randomUUID() },
      });
      expect(answer.errors[0]?.extensions?.code).toBe('BAD_INPUT');
    }
  });
});

describe('a card given in a form of the processor', () => {
  it('is confirmed with the client secret alone, and known once its owner says so', async () => {
    const client = await test.newClient();
    const visit = await start(client, { way: 'CLIENT_SIDE' });
    const setup = visit.clientSecret?.split('_secret_')[0] ?? '';
    const confirm = (secret: string) =>
      fetch(`${test.simulator.url}/v1/setup_intents/${setup}/confirm`, {
        method: 'POST',
        headers: { authorization: 'Bearer pk_test_of_the_app' },
        body: new URLSearchParams({ payment_method: 'pm_card_amex', client_secret: secret }),
      });
    expect((await confirm('seti_wrong_secret_x')).status).toBe(401);
    expect((await confirm(visit.clientSecret ?? '')).status).toBe(200);
    expect(await finish(client, visit)).toMatchObject({
      status: 'COMPLETED',
      paymentMethod: { last4: '8431' },
    });
  });
});

describe('the same card', () => {
  it('is shown once however often and however many at once, and the spare tokens are detached', async () => {
    const client = await test.newClient();
    const ids = await Promise.all([1, 2, 3].map(() => test.addCard(client)));
    expect(new Set(ids).size).toBe(1);
    expect(await methods(client)).toHaveLength(1);
    const renewed = await test.atProcessor<{ id: string }>(
      '/v1/payment_methods',
      'type=card&card[token]=tok_visa',
    );
    await test.atProcessor(`/v1/payment_methods/${renewed.id}`, 'card[exp_year]=2044');
    expect(await test.addCard(client, renewed.id)).toBe(ids[0]);
    expect(await methods(client)).toMatchObject([{ id: ids[0], expiryYear: 2044 }]);
    await test.work();
    const left = await test.database.transaction(organizationOf(client), (tx) =>
      tx.query(`SELECT FROM payment_method WHERE status <> 'DELETED'`),
    );
    expect(left).toHaveLength(1);
    const quote = test.quoteFor(client);
    const paid = await test.authorize(client, { quote, paymentMethodId: ids[0] ?? '' });
    expect(paid.__typename).toBe('DepositAuthorized');
  });

  it('begun five times at once with eighteen there leaves no more than twenty', async () => {
    const client = await test.newClient();
    await test.addCard(client);
    const before = await test.database.transaction(organizationOf(client), (tx) =>
      tx.query(
        `INSERT INTO payment_method (id, organization_id, client_id, status, created_at, last_used_at)
         SELECT gen_random_uuid(), $1, $2, 'PENDING', $3, $3 FROM generate_series(1, 17) RETURNING id`,
        [client.organizationId, client.accountId, test.clock()],
      ),
    );
    expect(before).toHaveLength(17);
    const started = await Promise.allSettled(
      Array.from({ length: 5 }, () => start(client, { way: 'CLIENT_SIDE' })),
    );
    expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });
});

describe('a new card', () => {
  it('takes the place of the old one, which is detached and gone', async () => {
    const client = await test.newClient();
    const [old, fresh] = [await test.addCard(client), await test.addCard(client, 'pm_card_mastercard')];
    const input = { paymentMethodId: old, byPaymentMethodId: fresh, idempotencyKey: randomUUID() };
    for (const _again of [1, 2]) {
      expect((await test.ask(client, REPLACE, { input })).data).toMatchObject({
        replacePaymentMethod: { paymentMethod: { id: fresh } },
      });
    }
    expect(await methods(client)).toMatchObject([{ id: fresh }]);
    const neighbour = clientOf(organizationOf(client));
    const theirs = await test.addCard(neighbour);
    const steal = await test.ask(neighbour, REPLACE, {
      input: { paymentMethodId: fresh, byPaymentMethodId: theirs, idempotencyKey: randomUUID() },
    });
    expect(steal.errors[0]?.extensions?.code).toBe('NOT_FOUND');
  });

  it('takes it by itself when the visit was begun for that', async () => {
    const client = await test.newClient();
    const old = await test.addCard(client);
    const visit = await start(client, { ...page, replacesPaymentMethodId: old });
    await submit(visit.url ?? '', 'card=mastercard');
    const { paymentMethod } = await finish(client, visit);
    expect(await methods(client)).toMatchObject([{ id: paymentMethod?.id, last4: '4444' }]);
  });
});

describe('a card that ends', () => {
  it('is told of thirty and seven days before, once each, and then is out of use', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const token = await test.atProcessor<{ id: string }>(
      '/v1/payment_methods',
      'type=card&card[token]=tok_amex',
    );
    const end = new Date(Date.UTC(test.clock().getUTCFullYear(), test.clock().getUTCMonth() + 3, 1, 12));
    const last = new Date(end.getTime() - 86_400_000);
    await test.atProcessor(
      `/v1/payment_methods/${token.id}`,
      `card[exp_year]=${last.getUTCFullYear()}&card[exp_month]=${last.getUTCMonth() + 1}`,
    );
    await test.addCard(client, token.id);
    const told = async () =>
      (await test.published(organizationId, 'message.requested')).filter(
        ({ template }) => template === 'payment-card-expiring',
      );
    const at = async (daysBefore: number) => {
      test.clock.advance(end.getTime() - daysBefore * 86_400_000 - test.clock().getTime());
      await Promise.all([test.work(), test.work()]);
      return (await told()).length;
    };
    expect([await at(31), await at(29), await at(20), await at(7), await at(1)]).toEqual([0, 1, 1, 2, 2]);
    expect(await told()).toMatchObject([
      { parameters: { last4: '8431' } },
      { parameters: { last4: '8431' } },
    ]);
    expect(await methods(client)).toHaveLength(1);
    await at(-1);
    expect(await methods(client)).toEqual([]);
  });
});
