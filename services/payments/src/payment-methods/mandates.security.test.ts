import { createHash, randomUUID } from 'node:crypto';
import type { Caller } from '@kept/passport';
import { clientOf, openPaymentsForTests, organizationOf, type UnderTest } from '../payments-for-tests.ts';
import type { Quote } from '../payments/read-quote.ts';

// The hole that stays closed: a consent that nobody can show. What is agreed to is exactly what was shown, for one card, one
// booking and one use, and neither code nor database can change a word or a cent of it afterwards; nor does the card it is
// about disappear from under it.

let test: UnderTest;
beforeAll(async () => {
  test = await openPaymentsForTests();
});
afterAll(() => test.stop());

const TERMS = `query ($input: MandateTermsInput!) { mandateTerms(input: $input) {
  version language text sha256 uses { use maxAmount { amountMinor currency } } } }`;
const ACCEPT = `mutation ($input: AcceptMandateInput!) { acceptMandate(input: $input) {
  __typename ... on MandateAccepted { mandateIds } ... on QuoteRefused { reason }
  ... on MandateTermsChanged { terms { sha256 } } } }`;
const REMOVE = `mutation ($input: RemovePaymentMethodInput!) { removePaymentMethod(input: $input) { __typename } }`;

interface Terms {
  version: string;
  language: string;
  text: string;
  sha256: string;
  uses: { use: string; maxAmount: { amountMinor: number; currency: string } }[];
}

async function remove(client: Caller, paymentMethodId: string, idempotencyKey: string = randomUUID()) {
  const { data, errors } = await test.ask(client, REMOVE, { input: { paymentMethodId, idempotencyKey } });
  const removed = data?.['removePaymentMethod'] as { __typename: string } | undefined;
  return removed?.__typename ?? errors[0]?.extensions?.code;
}

const withFees = { noShowFeeMinor: 3000, lateCancellationFeeMinor: 1500, priceMinor: 9000 } as const;

async function termsOf(client: Caller, quote: Quote, more: object = {}): Promise<Terms> {
  const input = { quote: test.signQuote(quote), language: 'en', ...more };
  return (await test.ask(client, TERMS, { input })).data?.['mandateTerms'] as Terms;
}

async function accept(client: Caller, quote: Quote | string, input: object) {
  const signed = typeof quote === 'string' ? quote : test.signQuote(quote);
  const given = { quote: signed, language: 'en', idempotencyKey: randomUUID(), ...input };
  const { data, errors } = await test.ask(client, ACCEPT, { input: given });
  return (data?.['acceptMandate'] ?? { __typename: errors[0]?.extensions?.code }) as {
    __typename: string;
    mandateIds?: string[];
    reason?: string;
  };
}

/** Not at its very end: the last letter of base64 has bits that mean nothing. */
const altered = (signed: string): string =>
  signed.replace(/.(?=.{9}$)/, (letter) => (letter === 'A' ? 'B' : 'A'));

const shownOf = ({ version, sha256 }: Terms) => ({ textVersion: version, textSha256: sha256 });

const rows = (client: Caller) =>
  test.database.transaction(organizationOf(client), (tx) =>
    tx.query<{ covers: string[]; max: string; revoked: boolean; hash: string; address: string | null }>(
      `SELECT covers, max_amount_minor::text AS max, revoked_at IS NOT NULL AS revoked,
         encode(text_sha256, 'hex') AS hash, encode(address_hmac, 'hex') AS address
       FROM mandate WHERE client_id = $1 ORDER BY max_amount_minor`,
      [client.accountId],
    ),
  );

describe('what a client agrees to', () => {
  it('is what was shown, word for word, with a row and a limit of its own for each use', async () => {
    const client = await test.newClient();
    const paymentMethodId = await test.addCard(client);
    const quote = test.quoteFor(client, { ...withFees, collect: 'CARD' });
    const terms = await termsOf(client, quote, { balance: true });
    expect(terms.sha256).toBe(createHash('sha256').update(terms.text, 'utf8').digest('hex'));
    for (const amount of ['30.00 EUR', '15.00 EUR', '90.00 EUR']) expect(terms.text).toContain(amount);
    const key = randomUUID();
    const input = { paymentMethodId, balance: true, ...shownOf(terms), idempotencyKey: key };
    const first = await accept(client, quote, input);
    expect([first.__typename, first.mandateIds?.length]).toEqual(['MandateAccepted', 3]);
    expect(await accept(client, quote, input)).toEqual(first);
    expect(await rows(client)).toMatchObject([
      { covers: ['LATE_CANCEL_FEE'], max: '1500', hash: terms.sha256 },
      { covers: ['NO_SHOW_FEE'], max: '3000' },
      { covers: ['BALANCE'], max: '9000' },
    ]);
    expect(JSON.stringify(await rows(client))).not.toContain(client.networkAddress ?? '-');
  });

  it.each(['en', 'de', 'fr', 'es', 'de-CH', 'xx'])('is written in %s, or in English', async (language) => {
    const client = await test.newClient();
    const quote = test.quoteFor(client, withFees);
    const terms = await termsOf(client, quote, { language });
    expect(terms.language).toBe(language === 'xx' ? 'en' : language.slice(0, 2));
    expect(terms.uses.map(({ use }) => use)).toEqual(['NO_SHOW_FEE', 'LATE_CANCEL_FEE', 'HOLD']);
    expect(terms.text.split('\n')).toHaveLength(5);
  });

  it('[payments T19] is nothing when other words, another version, another quote or another card is named', async () => {
    const client = await test.newClient();
    const neighbour = clientOf(organizationOf(client));
    const [paymentMethodId, theirs] = [await test.addCard(client), await test.addCard(neighbour)];
    const quote = test.quoteFor(client, withFees);
    const terms = await termsOf(client, quote);
    const good = { paymentMethodId, ...shownOf(terms) };
    const dearer = { ...quote, noShowFeeMinor: 9900 };
    const answers = [
      await accept(client, quote, { ...good, textVersion: '2019-01' }),
      await accept(client, quote, { ...good, textSha256: terms.sha256.replace(/^./, 'x') }),
      await accept(client, quote, { ...good, language: 'de' }),
      await accept(client, quote, { ...good, balance: true }),
      await accept(client, dearer, good),
      await accept(client, altered(test.signQuote(quote)), good),
      await accept(neighbour, quote, { ...good, paymentMethodId: theirs }),
      await accept(client, quote, { ...good, paymentMethodId: theirs }),
    ];
    expect(answers.map((answer) => answer.reason ?? answer.__typename)).toEqual([
      ...Array.from({ length: 5 }, () => 'MandateTermsChanged'),
      'INVALID',
      'INVALID',
      'NOT_FOUND',
    ]);
    expect(await rows(client)).toEqual([]);
    test.clock.advance(16 * 60_000);
    expect(await accept(client, quote, good)).toMatchObject({ reason: 'EXPIRED' });
  });

  it('is never changed, only revoked once, and agreed to again it counts from then on', async () => {
    const client = await test.newClient();
    const paymentMethodId = await test.addCard(client);
    const quote = test.quoteFor(client, withFees);
    const terms = await termsOf(client, quote);
    await accept(client, quote, { paymentMethodId, ...shownOf(terms) });
    await accept(client, quote, { paymentMethodId, ...shownOf(terms) });
    expect((await rows(client)).filter(({ revoked }) => !revoked)).toHaveLength(3);
    const change = (set: string) =>
      test.database.transaction(organizationOf(client), (tx) =>
        tx.query(`UPDATE mandate SET ${set} WHERE client_id = $1`, [client.accountId]),
      );
    for (const set of [
      'max_amount_minor = 99999',
      `covers = ARRAY['BALANCE']`,
      `text_sha256 = decode(repeat('00', 32), 'hex')`,
      'revoked_at = null',
      `revoked_at = now(), language = 'fr'`,
    ]) {
      await expect(change(set)).rejects.toThrow('what was agreed does not change');
    }
    const empty = test.database.transaction(organizationOf(client), (tx) => tx.query('TRUNCATE mandate'));
    await expect(empty).rejects.toThrow(/only grows|permission denied/);
  });

  it('keeps its card: it can be replaced and not removed while the appointment is to come', async () => {
    const client = await test.newClient();
    const [old, fresh] = [await test.addCard(client), await test.addCard(client, 'pm_card_mastercard')];
    const quote = test.quoteFor(client, withFees);
    await accept(client, quote, { paymentMethodId: old, ...shownOf(await termsOf(client, quote)) });
    await test.authorize(client, { quote, paymentMethodId: old });
    expect(await remove(client, old)).toBe('PaymentMethodInUse');
    const replace = `mutation ($input: ReplacePaymentMethodInput!) { replacePaymentMethod(input: $input) { __typename } }`;
    const input = { paymentMethodId: old, byPaymentMethodId: fresh, idempotencyKey: randomUUID() };
    await test.ask(client, replace, { input });
    const live = await test.database.transaction(organizationOf(client), (tx) =>
      tx.query<{ id: string; max: string }>(
        `SELECT payment_method_id AS id, max_amount_minor::text AS max FROM mandate
         WHERE revoked_at IS NULL AND 'NO_SHOW_FEE' = ANY (covers) AND client_id = $1`,
        [client.accountId],
      ),
    );
    expect(live).toEqual([{ id: fresh, max: '3000' }]);
    expect(await remove(client, fresh)).toBe('PaymentMethodInUse');
    // Nobody ever confirmed the slot, and its time is over.
    const begun = test.clock().getTime();
    test.clock.advance(2 * 24 * 3_600_000);
    expect(await remove(client, fresh)).toBe('PaymentMethodRemoved');
    test.clock.advance(begun - test.clock().getTime());
  });

  it('[payments T32] cannot be agreed to with a card that is being removed, nor the card be removed later by a request of before', async () => {
    const client = await test.newClient();
    const paymentMethodId = await test.addCard(client);
    const quote = test.quoteFor(client, { ...withFees, collect: 'CARD' });
    const key = randomUUID();
    await test.order({ kind: 'drop_before', times: 2, only: '/v1/payment_methods' });
    expect(await remove(client, paymentMethodId, key)).toBe('UNAVAILABLE');
    await test.callOff();
    const terms = await termsOf(client, quote);
    const agreed = await accept(client, quote, { paymentMethodId, ...shownOf(terms) });
    expect(agreed.__typename).toBe('NOT_FOUND');
    expect(await remove(client, paymentMethodId, key)).toBe('PaymentMethodRemoved');
  });

  it('secures a slot by a card although its two fees differ: each is held against its own limit', async () => {
    const client = await test.newClient();
    const paymentMethodId = await test.addCard(client);
    const quote = test.quoteFor(client, { ...withFees, collect: 'CARD', amountMinor: 3000 });
    const secure = async () => (await test.authorize(client, { quote, paymentMethodId })).__typename;
    expect(await secure()).toBe('QuoteRefused');
    await accept(client, quote, { paymentMethodId, ...shownOf(await termsOf(client, quote)) });
    expect(await secure()).toBe('SlotSecured');
  });

  it('[payments T32] and a slot that a card stands for: whoever removes the card at that very moment loses the one or the other', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const client = await test.newClient();
        const paymentMethodId = await test.addCard(client);
        const quote = test.quoteFor(client, { ...withFees, collect: 'CARD' });
        await accept(client, quote, { paymentMethodId, ...shownOf(await termsOf(client, quote)) });
        const [secured, removed] = await Promise.all([
          test.authorize(client, { quote, paymentMethodId }).catch(() => ({ __typename: 'NOT_FOUND' })),
          remove(client, paymentMethodId),
        ]);
        const live = (await rows(client)).filter(({ revoked }) => !revoked).length;
        return {
          secured: secured.__typename === 'SlotSecured',
          removed: removed === 'PaymentMethodRemoved',
          live,
        };
      }),
    );
    for (const { secured, removed, live } of outcomes) {
      expect({ removed, live }).toEqual(secured ? { removed: false, live: 2 } : { removed: true, live: 0 });
    }
  });
});
