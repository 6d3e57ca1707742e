// A card number that was stored once is a breach, wherever it stands. Whoever types one into a note, a name, a file's name or a
// header is refused at the door, in whatever script and with whatever marks, and it stands nowhere afterwards.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { seededRandom } from '@kept/testing';
import { writingsOf, type Written } from './card-writings.ts';
import { Person } from './person.ts';
import { openSharedStack, RIVERSIDE, SERVICES, type Stack } from './stack.ts';
import { textPlaces, type TextPlace } from './text-places.ts';

let stack: Stack;
let client: Person;
beforeAll(async () => {
  stack = await openSharedStack();
  client = await new Person(stack, stack.account('client')).signIn();
}, 180_000);
afterAll(async () => stack?.stop());

const nightly = process.env['KEPT_NIGHTLY'] === '1';
// So many requests at once, as one client's limits allow.
const TOGETHER = 8;

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../docs/graph/schema.graphql'), 'utf8'), {
  assumeValid: true,
});
const places = textPlaces(schema);
const writings = writingsOf();

async function send(body: object, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(stack.graphUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${client.token ?? ''}`,
      'kept-organization': RIVERSIDE,
      ...headers,
    },
    body: JSON.stringify(body),
  });
  return response.text();
}

const isRefused = (answer: string, { text, digits }: Written): boolean =>
  answer.includes('"CARD_DATA_REJECTED"') &&
  !answer.includes(digits) &&
  !answer.includes(JSON.stringify(text));

async function accepted(attempts: readonly (readonly [TextPlace, Written])[]): Promise<string[]> {
  const through: string[] = [];
  for (let from = 0; from < attempts.length; from += TOGETHER) {
    await Promise.all(
      attempts.slice(from, from + TOGETHER).map(async ([place, written]) => {
        const answer = await send(place.with(written.text));
        if (!isRefused(answer, written))
          through.push(`${place.name} ${written.name}: ${answer.slice(0, 200)}`);
      }),
    );
  }
  return through;
}

/** A number as anything here might keep it: in digits, and as bytes in hexadecimal or base64. */
function spellings({ text, digits }: Written): string[] {
  const shifted = [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(digits)]);
    return bytes.toString('base64').slice(Math.ceil((offset * 4) / 3), Math.floor((bytes.length * 4) / 3));
  });
  return [digits, text, Buffer.from(digits).toString('hex'), ...shifted];
}

describe('[PAY-04] [payments T22] a card number', () => {
  it('is refused at every place that takes text, in every way of writing one: some of each in every run, all at night', async () => {
    expect(places.length).toBeGreaterThan(200);
    expect(writings.length).toBeGreaterThanOrEqual(200);
    const random = seededRandom(22);
    const attempts = nightly
      ? places.flatMap((place) => writings.map((written) => [place, written] as const))
      : [
          ...places.map((place) => [place, random.oneOf(writings)] as const),
          ...writings.map((written) => [random.oneOf(places), written] as const),
        ];
    expect(await accepted(attempts)).toEqual([]);
  }, 3_600_000);

  it('is refused split over two fields, as a key, in a literal, an alias, a comment and in headers', async () => {
    const [first, second] = ['42424242', '42424242'];
    const one = 'mutation ($input: CreateSlotHoldInput!) { createSlotHold(input: $input) { __typename } }';
    const documents: [string, object, Record<string, string>?][] = [
      ['two fields', { query: one, variables: { input: { notes: first, serviceId: second } } }],
      ['a key', { query: one, variables: { input: { '4242 4242 4242 4242': 1 } } }],
      ['a literal', { query: '{ booking(id: "4242-4242-4242-4242") { id } }' }],
      ['an alias', { query: '{ a4242424242424242: viewer { id } }' }],
      ['a comment', { query: '# 4242424242424242\n{ viewer { id } }' }],
      ['JSON in a text', { query: one, variables: { input: { notes: '{"n":"4242424242424242"}' } } }],
      ['a header', { query: '{ viewer { id } }' }, { 'kept-organization': '4242 4242 4242 4242' }],
    ];
    for (const [name, body, headers] of documents) {
      expect([name, await send(body, headers)]).toEqual([
        name,
        expect.stringContaining('"CARD_DATA_REJECTED"'),
      ]);
    }
  });

  it('stands nowhere afterwards: in no database, no queue, no file of the product, however it is spelled', async () => {
    const canaries = [...new Set(writings.flatMap(spellings))].filter((text) => text.length > 8);
    for (const service of SERVICES) {
      expect([service, await stack.findText(service, canaries)]).toEqual([service, []]);
    }
    expect(stack.logsContaining(canaries)).toEqual([]);
    // Queues are databases of their own here, so their files are looked through, with the write-ahead log.
    const bytes = [...new Set(writings.map(({ digits }) => digits))].map((digits) => Buffer.from(digits));
    const found = readdirSync(stack.local.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => {
        const content = readFileSync(file);
        return bytes.some((canary) => content.includes(canary));
      });
    expect(found).toEqual([]);
  });

  it('is not seen in what is none: telephone numbers, ids, instants, references', async () => {
    const random = seededRandom(23);
    const digits = (count: number) => random.times(count, () => String(random.below(10))).join('');
    const harmless = random.times(150, () =>
      random.oneOf([
        () => `+49 ${digits(3)} ${digits(7)}`,
        () => `+1 (${digits(3)}) ${digits(3)}-${digits(4)}`,
        () => crypto.randomUUID(),
        () => new Date(1_700_000_000_000 + random.below(1e11)).toISOString(),
        () => `invoice ${digits(8)}, room ${digits(2)}`,
        () => `pm_${crypto.randomUUID().replaceAll('-', '').slice(0, 24)}`.replaceAll(/\d{6,}/g, 'x'),
      ])(),
    );
    const query =
      'query ($language: String!) { policyDocument(purpose: "x", language: $language) { __typename } }';
    const refused: string[] = [];
    for (const text of harmless) {
      const answer = await send({ query, variables: { language: text } });
      if (answer.includes('CARD_DATA_REJECTED')) refused.push(text);
    }
    expect(refused).toEqual([]);
  });
});
