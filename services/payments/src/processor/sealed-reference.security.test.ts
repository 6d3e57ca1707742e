import pg from 'pg';
import { decryptionFigure } from '@kept/field-encryption';
import { clientOf, openPaymentsForTests, organizationOf, type UnderTest } from '../payments-for-tests.ts';
import { openReference } from './sealed-reference.ts';

// Whoever can write to the database, and cannot read what is sealed there, would move a reference to where they may use it, or
// alter it until it opens. Each opens in its own row, for its own client, in its own organization, or it is an alarm.
let test: UnderTest;
let superuser: pg.Client;
beforeAll(async () => {
  test = await openPaymentsForTests();
  superuser = new pg.Client({ connectionString: test.adminUrl });
  await superuser.connect();
});
afterAll(async () => {
  await superuser?.end();
  await test?.stop();
});

async function cardOf(client: Awaited<ReturnType<UnderTest['newClient']>>, token = 'pm_card_visa') {
  const rowId = await test.addCard(client, token);
  const { rows } = await superuser.query<{ sealed: Buffer }>(
    'SELECT processor_reference AS sealed FROM payment_method WHERE id = $1',
    [rowId],
  );
  const sealed = rows[0]?.sealed;
  if (sealed === undefined) throw new Error('the card is not there');
  return { client, organizationId: organizationOf(client), rowId, clientId: client.accountId ?? '', sealed };
}
type Card = Awaited<ReturnType<typeof cardOf>>;

const open = ({ organizationId, rowId, clientId }: Card, sealed: Buffer) =>
  test.database.transaction(organizationId, (tx) =>
    openReference(
      { keyring: test.payments.keyring, tx, sealed },
      { table: 'payment_method', rowId, clientId },
    ),
  );
const alarms = () => decryptionFigure(test.payments.keyring).value();

it('[ENC-08] [payments T24] a reference with one bit altered, wherever it is (version, key, tag), opens nowhere and is an alarm', async () => {
  const card = await cardOf(await test.newClient());
  expect(await open(card, card.sealed)).toMatch(/^pm_/);
  for (let at = 0; at < card.sealed.length; at += 1) {
    const altered = Buffer.from(card.sealed);
    altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
    const before = alarms();
    const opened = await open(card, altered).catch(() => 'refused');
    expect([at, opened, alarms() - before]).toEqual([at, 'refused', 1]);
  }
});

it('[ENC-08] [payments T24] one that was moved to another organization, client or row pays for nobody', async () => {
  const mine = await cardOf(await test.newClient());
  const others = [
    await cardOf(await test.newClient()),
    await cardOf(clientOf(mine.organizationId)),
    await cardOf(mine.client, 'pm_card_mastercard'),
  ];
  const asked = async () =>
    (await test.atProcessor<{ path: string }[]>('/simulator/requests')).filter(({ path }) =>
      path.startsWith('/v1/payment_intents'),
    ).length;
  for (const other of others) {
    await superuser.query('UPDATE payment_method SET processor_reference = $1 WHERE id = $2', [
      other.sealed,
      mine.rowId,
    ]);
    const before = [alarms(), await asked()];
    const pay = test.authorize(mine.client, {
      quote: test.quoteFor(mine.client),
      paymentMethodId: mine.rowId,
    });
    await expect(pay).rejects.toThrow('INTERNAL');
    expect(alarms()).toBeGreaterThan(before[0] ?? 0);
    expect(await asked()).toBe(before[1]);
  }
});
