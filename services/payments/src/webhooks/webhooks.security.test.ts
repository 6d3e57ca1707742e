import { createHmac } from 'node:crypto';
import { openPaymentsForTests, WEBHOOK_SECRET, type UnderTest } from '../payments-for-tests.ts';
import { verifyWebhook } from './stripe-webhook.ts';

// The holes that stay closed: `constructEvent` of the SDK accepts a header dated any time in the future, `tolerance: 0` means
// no age check at all, and a body that was parsed and written again is not the body that was signed.

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const body = JSON.stringify(
  { id: 'evt_security', object: 'event', type: 'payment_intent.succeeded' },
  null,
  2,
);

function headerOf(options: { secret?: string; at?: number; scheme?: string; text?: string } = {}): string {
  const { secret = WEBHOOK_SECRET, at = seconds(), scheme = 'v1', text = body } = options;
  const signature = createHmac('sha256', secret).update(`${at}.${text}`).digest('hex');
  return `t=${at},${scheme}=${signature}`;
}

const seconds = () => Math.floor(test.clock().getTime() / 1000);

async function deliver(header: string | undefined, text = body): Promise<number> {
  const response = await fetch(test.webhookUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(header === undefined ? {} : { 'stripe-signature': header }),
    },
    body: text,
  });
  return response.status;
}

async function stored(): Promise<number> {
  const rows = await test.database.infrastructure('test', (tx) =>
    tx.query(`SELECT FROM processor_event WHERE event_id LIKE 'evt_security%'`),
  );
  return rows.length;
}

describe('a webhook', () => {
  it.each([
    ['without a signature', () => undefined],
    ['signed with a secret of somebody else', () => headerOf({ secret: 'whsec_of_somebody_else' })],
    ['signed six minutes ago', () => headerOf({ at: seconds() - 361 })],
    ['signed six minutes in the future', () => headerOf({ at: seconds() + 361 })],
    ['signed a day in the future', () => headerOf({ at: seconds() + 86_400 })],
    ['with the test scheme v0 only', () => headerOf({ scheme: 'v0' })],
    ['with a time that is none', () => headerOf().replace(/t=\d+/, 't=now')],
    ['with a true signature under another time', () => headerOf().replace(/t=\d+/, `t=${seconds() - 5}`)],
  ])('[payments T12] %s is refused and nothing is stored', async (_words, header) => {
    expect(await deliver(header())).toBe(400);
    expect(await stored()).toBe(0);
  });

  it('[payments T13] whose body was parsed and written again is refused', async () => {
    expect(await deliver(headerOf(), JSON.stringify(JSON.parse(body)))).toBe(400);
    expect(await deliver(headerOf({ text: '' }), '')).toBe(400);
    expect(await stored()).toBe(0);
  });

  it('signed rightly is taken in once, with either secret while one is rotated out', async () => {
    expect(await deliver(headerOf())).toBe(200);
    expect(await deliver(headerOf({ secret: 'whsec_that_is_being_rotated_out' }))).toBe(200);
    expect(await deliver(`${headerOf({ secret: 'whsec_wrong' })},${headerOf().split(',')[1]}`)).toBe(200);
    expect(await stored()).toBe(1);
  });

  it('that is signed rightly about something the processor does not know is ignored', async () => {
    await test.work();
    const rows = await test.database.infrastructure('test', (tx) =>
      tx.query<{ state: string }>(`SELECT state FROM processor_event WHERE event_id = 'evt_security'`),
    );
    expect(rows).toEqual([{ state: 'IGNORED' }]);
  });

  it('sent forged, future-dated and stale by the simulator changes nothing until the true one comes', async () => {
    for (const kind of ['webhook_forged', 'webhook_future_dated', 'webhook_stale']) {
      await test.order({ kind, only: 'payment_intent.amount_capturable_updated' });
      const client = await test.newClient();
      const paymentMethodId = await test.addCard(client);
      const answer = await test.authorize(client, { quote: test.quoteFor(client), paymentMethodId });
      expect(answer.__typename).toBe('DepositAuthorized');
    }
    await test.work();
  });
});

describe('the published vectors', () => {
  it('verify: key whsec_test, time 1700000000', () => {
    const v1 = 'c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925';
    const delivery = { body: Buffer.from('{"id":"evt_1"}'), secrets: ['whsec_test'] };
    const now = new Date(1_700_000_000_000);
    // The signature is right; the event has no type, so it is none.
    expect(verifyWebhook({ ...delivery, header: `t=1700000000,v1=${v1}`, now })).toBeNull();
    const text = '{"id":"evt_1","type":"charge.succeeded"}';
    const signature = createHmac('sha256', 'whsec_test').update(`1700000000.${text}`).digest('hex');
    const header = `t=1700000000,v1=${signature}`;
    const whole = { ...delivery, body: Buffer.from(text), header };
    expect(verifyWebhook({ ...whole, now })).toEqual({ id: 'evt_1', type: 'charge.succeeded' });
    expect(verifyWebhook({ ...whole, now: new Date(1_700_000_300_000) })).not.toBeNull();
    expect(verifyWebhook({ ...whole, now: new Date(1_700_000_301_000) })).toBeNull();
    expect(verifyWebhook({ ...whole, now: new Date(1_699_999_699_000) })).toBeNull();
    expect(verifyWebhook({ ...whole, header: ['a', 'b'], now })).toBeNull();
  });
});
