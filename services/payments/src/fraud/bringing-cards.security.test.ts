import { randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { eventually } from '@kept/testing';
import { DECLINES_MAX } from '../payment-methods/note-decline.ts';
import {
  clientOf,
  openPaymentsForTests,
  organizationOf,
  RETURN_ORIGIN,
  type UnderTest,
} from '../payments-for-tests.ts';
import { mergeDueEvents } from '../webhooks/merge-due-events.ts';

// Stolen cards are tried out where they are kept, not where something is paid: a page that takes any number of cards costs
// nothing. Visits are counted by client, device and network, ask for the cardholder, then lead nowhere; one that has seen a few
// refusals is closed at the processor, whoever holds its secret.
let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());
afterEach(() => test.callOff());

const START = `mutation ($input: StartPaymentMethodCollectionInput!) { startPaymentMethodCollection(input: $input) {
  __typename ... on PaymentMethodRefused { message }
  ... on PaymentMethodCollectionStarted { url clientSecret collection { id status } } } }`;
const ADD = `mutation ($input: AddPaymentMethodInput!) { addPaymentMethod(input: $input) {
  __typename ... on PaymentMethodRefused { message } } }`;

interface Answer {
  __typename: string;
  message?: string;
  url?: string | null;
  clientSecret?: string | null;
  collection?: { id: string; status: string };
}
const IN_APP = { way: 'CLIENT_SIDE' };
async function starts(client: Caller, input: object = IN_APP): Promise<Answer> {
  const { data, errors } = await test.ask(client, START, {
    input: { idempotencyKey: randomUUID(), ...input },
  });
  const answer = data?.['startPaymentMethodCollection'] as Answer | undefined;
  if (answer === undefined) throw new Error(JSON.stringify(errors));
  return answer;
}

const judged = (organizationId: string) =>
  test.database.transaction(organizationId, (tx) =>
    tx.query<{ outcome: string; reasons: string[]; rule_version: number; visit: boolean }>(
      `SELECT outcome, reasons, rule_version, collection_id IS NOT NULL AS visit FROM payment_assessment ORDER BY assessed_at, id`,
    ),
  );
const outcomes = async (organizationId: string) =>
  (await judged(organizationId)).map(({ outcome }) => outcome);
const asked = async (path: string) =>
  (await test.atProcessor<{ path: string; method: string }[]>('/simulator/requests')).filter(
    (request) => request.method === 'POST' && request.path === path,
  ).length;
const idOf = ({ clientSecret }: Answer) => clientSecret?.split('_secret')[0] ?? '';
const tryCard = (intentId: string, card: string) =>
  test.atProcessor<{ status?: string; error?: { code: string } }>(
    `/v1/setup_intents/${intentId}/confirm`,
    `payment_method=pm_card_${card}`,
  );
const visitsOf = (organizationId: string) =>
  test.database.transaction(organizationId, (tx) =>
    tx.query<{ status: string; declines: number }>('SELECT status, declines FROM payment_method_collection'),
  );
const unlike = (caller: Caller, change: Partial<Caller>): Caller => ({ ...caller, ...change });

describe('[PAY-03] [payments T27] a burst of visits to the card page', () => {
  it('of one client is asked for the cardholder, then refused like a bad card, and another day starts anew', async () => {
    const client = unlike(await test.newClient(), { networkAddress: '198.51.100.20' });
    const organizationId = organizationOf(client);
    const before = await asked('/v1/setup_intents');
    const answers: Answer[] = [];
    for (let visit = 0; visit < 12; visit += 1) {
      answers.push(await starts(client));
      test.clock.advance(1_000);
    }
    expect(await outcomes(organizationId)).toEqual([
      ...Array.from({ length: 5 }, () => 'ALLOW'),
      ...Array.from({ length: 5 }, () => 'REQUIRE_SCA'),
      'BLOCK',
      'BLOCK',
    ]);
    expect((await judged(organizationId)).at(-1)).toMatchObject({
      reasons: ['CLIENT_BRINGS_MANY_CARDS'],
      rule_version: 2,
      visit: true,
    });
    expect((await asked('/v1/setup_intents')) - before).toBe(10);
    // In the words in which a bad card is refused: which of them it was, nobody learns.
    const { data } = await test.ask(clientOf(organizationId), ADD, {
      input: { token: 'pm_card_chargeDeclined', idempotencyKey: randomUUID() },
    });
    expect(answers.slice(10)).toEqual([data?.['addPaymentMethod'], data?.['addPaymentMethod']]);
    // A card that nobody's bank would have asked about is asked about now; before, it was not.
    expect(await tryCard(idOf(answers[0] ?? { __typename: '' }), 'visa')).toMatchObject({
      status: 'succeeded',
    });
    expect(await tryCard(idOf(answers[5] ?? { __typename: '' }), 'visa')).toMatchObject({
      status: 'requires_action',
    });
    test.clock.advance(3_600_000);
    expect((await starts(client)).__typename).toBe('PaymentMethodCollectionStarted');
  });

  it('on the page of the processor demands the cardholder there, and its repetition is refused as it was', async () => {
    const client = unlike(await test.newClient(), { networkAddress: '198.51.100.21' });
    const page = { way: 'HOSTED_PAGE', returnUrl: `${RETURN_ORIGIN}/cards` };
    for (let visit = 0; visit < 5; visit += 1) await starts(client);
    const { url } = await starts(client, page);
    const chosen = await fetch(url ?? '', { method: 'POST', body: 'card=visa', redirect: 'manual' });
    expect(chosen.headers.get('location')).toContain('/authenticate/');
    for (let visit = 0; visit < 4; visit += 1) await starts(client);
    const key = { ...page, idempotencyKey: randomUUID() };
    const refused = await starts(client, key);
    expect(refused.__typename).toBe('PaymentMethodRefused');
    test.clock.advance(3_600_000);
    expect(await starts(client, key)).toEqual(refused);
  });

  it('all at once: as many are let in as one after the other, and not one more', async () => {
    const organizationId = organizationOf(await test.newClient());
    const deviceId = randomUUID();
    // Each another client: nothing else makes them wait for each other.
    await Promise.all(
      Array.from({ length: 18 }, () => starts(unlike(clientOf(organizationId), { deviceId }))),
    );
    const seen = await outcomes(organizationId);
    expect(seen.filter((outcome) => outcome !== 'BLOCK')).toHaveLength(15);
  });

  it('of many clients is counted by the device, and by the network, of this business alone', async () => {
    const first = await test.newClient();
    const organizationId = organizationOf(first);
    const deviceId = randomUUID();
    const anybody = (change: Partial<Caller>) => unlike(clientOf(organizationId), change);
    const many = (count: number, callerOf: (visit: number) => Caller) =>
      Promise.all(Array.from({ length: count }, (_, visit) => starts(callerOf(visit))));
    const next = async (caller: Caller) => {
      test.clock.advance(1_000);
      await starts(caller);
      return (await judged(organizationId)).at(-1);
    };
    const onDevice = (visit: number) => anybody({ deviceId, networkAddress: `203.0.113.${visit}` });
    await many(8, onDevice);
    const reasons = ['DEVICE_BRINGS_MANY_CARDS'];
    expect(await next(onDevice(8))).toMatchObject({ outcome: 'REQUIRE_SCA', reasons });
    await many(6, onDevice);
    expect(await next(onDevice(15))).toMatchObject({ outcome: 'BLOCK', reasons });
    const elsewhere = unlike(await test.newClient(), { deviceId });
    expect((await starts(elsewhere)).__typename).toBe('PaymentMethodCollectionStarted');

    test.clock.advance(3_600_000);
    const inNetwork = (visit: number) => anybody({ networkAddress: `2001:db8:0:12::${visit + 1}` });
    await many(20, inNetwork);
    expect(await next(inNetwork(20))).toMatchObject({
      outcome: 'REQUIRE_SCA',
      reasons: ['NETWORK_BRINGS_MANY_CARDS'],
    });
  });
});

describe('[PAY-03] [payments T27] one visit', () => {
  it.each(['CLIENT_SIDE', 'HOSTED_PAGE'])('%s is closed after a few cards that were refused', async (way) => {
    const client = unlike(await test.newClient(), { networkAddress: '198.51.100.23' });
    const organizationId = organizationOf(client);
    const visit = await starts(
      client,
      way === 'CLIENT_SIDE' ? { way } : { way, returnUrl: `${RETURN_ORIGIN}/` },
    );
    const tries = async (card: string) =>
      way === 'CLIENT_SIDE'
        ? ((await tryCard(idOf(visit), card)).error?.code ?? 'none')
        : (await (await fetch(visit.url ?? '', { method: 'POST', body: `card=${card}` })).text()).includes(
              'declined',
            )
          ? 'card_declined'
          : 'none';
    for (let card = 0; card < DECLINES_MAX; card += 1) {
      expect(await tries('chargeDeclined')).toBe('card_declined');
      await eventually(async () => {
        await mergeDueEvents(test.payments);
        return (await visitsOf(organizationId))[0]?.declines === card + 1;
      });
    }
    expect(await tries('visa')).toBe(way === 'CLIENT_SIDE' ? 'setup_intent_unexpected_state' : 'none');
    expect(await visitsOf(organizationId)).toEqual([{ status: 'CLOSED', declines: DECLINES_MAX }]);
    const cards = await test.database.transaction(organizationId, (tx) =>
      tx.query('SELECT FROM payment_method'),
    );
    expect(cards).toEqual([]);
  });
});

describe('[PAY-03] what identity tells of a client', () => {
  const pays = async (client: Caller, card: string) => {
    const paymentMethodId = await test.addCard(client, card);
    test.clock.advance(1_000);
    await test.authorize(client, { quote: test.quoteFor(client), paymentMethodId });
    return (await judged(organizationOf(client))).at(-1);
  };

  it('a telephone of another country than the card has its holder asked; of the same banks, nothing is', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const told = (country: string) =>
      test.deliver(organizationId, 'phone.noted', { clientId: client.accountId ?? '', country });
    await told('FR');
    expect(await pays(client, 'pm_card_de')).toMatchObject({
      outcome: 'REQUIRE_SCA',
      reasons: ['PHONE_ABROAD'],
    });
    await told('JE');
    expect(await pays(client, 'pm_card_gb')).toMatchObject({ outcome: 'ALLOW', reasons: [] });
    // Somebody else's telephone says nothing of this client.
    const other = clientOf(organizationId);
    expect(await pays(other, 'pm_card_de')).toMatchObject({ outcome: 'ALLOW' });
  });

  it('an address of the sort that is handed out for minutes has the cardholder asked; other words are not kept', async () => {
    const client = await test.newClient();
    const organizationId = organizationOf(client);
    const clientId = client.accountId ?? '';
    await test.deliver(organizationId, 'client.flagged', { clientId, reason: 'SOMETHING_ELSE' });
    expect(await pays(client, 'pm_card_visa')).toMatchObject({ outcome: 'ALLOW' });
    for (let time = 0; time < 2; time += 1)
      await test.deliver(organizationId, 'client.flagged', { clientId, reason: 'DISPOSABLE_ADDRESS' });
    expect(await pays(client, 'pm_card_visa')).toMatchObject({
      outcome: 'REQUIRE_SCA',
      reasons: ['DISPOSABLE_ADDRESS'],
    });
    const kept = await test.database.transaction(organizationId, (tx) =>
      tx.query('SELECT code, country FROM client_signal'),
    );
    expect(kept).toEqual([{ code: 'DISPOSABLE_ADDRESS', country: null }]);
  });
});
