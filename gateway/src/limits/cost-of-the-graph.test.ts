// The committed graph's own costs: that none of its lists is left to guessing, and that the limit fits what apps ask.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildASTSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  parse,
  validate,
} from 'graphql';
import { readCostDirectives } from './cost-directives.ts';
import { openCostModel } from './operation-cost.ts';
import { COST_MAX } from './settings.ts';

const supergraph = parse(readFileSync(join(import.meta.dirname, '../../supergraph.graphql'), 'utf8'));
const schema = buildASTSchema(supergraph, { assumeValidSDL: true });
const model = openCostModel(schema, supergraph);

function costOf(query: string, variables: Record<string, unknown> = {}): number {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('There is no operation.');
  return model.weigh(document, operation)(variables);
}

it('every list of objects says how long it is, or is sized by the field above it', () => {
  const { fields } = readCostDirectives(supergraph);
  const sized = new Set(
    [...fields].flatMap(([coordinate, { listSize }]) => {
      const [parent = '', name = ''] = coordinate.split('.');
      const type = schema.getType(parent);
      const returned = isObjectType(type) ? type.getFields()[name]?.type : undefined;
      if (!listSize || !returned) return [];
      return listSize.sizedFields.length > 0
        ? listSize.sizedFields.map((field) => `${getNamedType(returned).name}.${field}`)
        : [coordinate];
    }),
  );
  const unsized = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter(
          (field) => isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type)),
        )
        .map((field) => `${type.name}.${field.name}`),
    )
    .filter((coordinate) => !/^__|\._entities$/.test(coordinate) && !sized.has(coordinate));
  expect(unsized).toEqual([]);
  expect(sized.size).toBeGreaterThan(15);
});

const BOOKING = `id status version startsAt endsAt timeZone notes createdAt
  service { id name durationMinutes price { amountMinor currency } deposit { amountMinor currency } }
  provider { id timeZone staffMember { id displayName } } client { id displayName email phone } paymentState
  payments { id status amount { amountMinor } captured { amountMinor } refunded { amountMinor } method { brand last4 } }`;
const page = (first: number) =>
  costOf(`query ($first: Int) { bookings(first: $first) { nodes { ${BOOKING} } pageInfo { endCursor } } }`, {
    first,
  });

it('[SES-07] the largest page of the fullest calendar fits, with room; two of them do not', () => {
  expect(page(20)).toBeLessThan(COST_MAX / 8);
  expect(page(100)).toBeLessThan(COST_MAX / 2);
  expect(page(100) * 3).toBeGreaterThan(COST_MAX);
});

it.each([
  [
    'a booking page',
    'query ($i: AvailabilityInput!) { availability(input: $i) { slots { startsAt provider { id staffMember { displayName } } } } services { id name price { amountMinor } } }',
  ],
  [
    'a person’s own page',
    '{ viewer { id client { displayName } sessions { id current } factors { kind } } paymentMethods { id brand } consents { purpose state } }',
  ],
  [
    'the ledger',
    '{ ledger(first: 100) { transactions { id kind payment { id status } entries { account amount { amountMinor currency } } } endCursor } }',
  ],
  [
    'the audit log',
    '{ auditEntries(first: 100) { entries { id action details { name value } } endCursor } }',
  ],
])('[SES-07] %s is far below the limit', (_page, query) => {
  expect(costOf(query)).toBeGreaterThan(10);
  expect(costOf(query)).toBeLessThan(COST_MAX / 2);
});

it('[gateway A28] pages in pages and pages side by side are above it', () => {
  const again = Array.from(
    { length: 9 },
    (_, at) => `p${at}: bookings(first: 100) { nodes { id payments { refunds { id } } } }`,
  );
  expect(costOf(`{ ${again.join(' ')} }`)).toBeGreaterThan(COST_MAX);
});

// A series tries up to 104 times with the arbiter: a second of a database's work (measured), where availability takes 20 ms.
it.each([
  ['previewSeries', 'PreviewSeriesInput', 'query'],
  ['bookSeries', 'BookSeriesInput', 'mutation'],
  ['rescheduleSeries', 'RescheduleSeriesInput', 'mutation'],
  ['cancelSeries', 'CancelSeriesInput', 'mutation'],
])(
  '[gateway A28] %s costs what a hundred appointments do: a handful of them is too much to ask',
  (field, type, kind) => {
    const times = (count: number) =>
      costOf(
        `${kind} ($i: ${type}!) { ${Array.from({ length: count }, (_, at) => `s${at}: ${field}(input: $i) { __typename }`).join(' ')} }`,
      );
    expect(times(2)).toBeLessThan(COST_MAX);
    expect(times(6)).toBeGreaterThan(COST_MAX);
  },
);
