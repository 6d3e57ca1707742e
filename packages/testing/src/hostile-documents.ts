import type { SeededRandom } from './seeded-random.ts';

/** What a generator knows of a graph: enough to write operations that go deep, not enough to be polite. */
export interface Vocabulary {
  /** Operations that are answered, to be damaged. */
  readonly operations: readonly string[];
  /** Names of fields, types and arguments that exist. */
  readonly names: readonly string[];
}

const TOKENS =
  '{ } ( ) [ ] : ! $ & | = @ ... "" """x""" 0 -1 1.5e3 null true query mutation subscription fragment on'
    .split(' ')
    .concat([
      'type',
      'directive',
      'extend',
      'input',
      '#',
      ',',
      '\n',
      '\ufeff',
      '@skip',
      '@include',
      '@defer',
      '$a',
    ]);
const PROTOTYPE = ['__proto__', 'constructor', 'prototype'];
/** Names that objects have from their prototype, and names that languages keep for themselves. */
export const ODD_NAMES = [
  ...PROTOTYPE,
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__typename',
  '__schema',
  '__type',
].concat([
  '_entities',
  '_service',
  'then',
  'toJSON',
  'length',
  '__defineGetter__',
  'a'.repeat(5_000),
  '_',
  'null',
]);
/** Numbers that some program takes for another number, or for none. */
export const ODD_NUMBERS = [
  '1e999',
  '-1e999',
  '1e308',
  '5e-324',
  '-0',
  '9007199254740993',
  '18446744073709551616',
].concat(['0.1e-400', '1'.repeat(400), '4111111111111111', '2147483648', '-2147483649']);
/** Texts that some program stumbles over. */
export const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\udfff',
  '\u202e',
  '\ufeff',
  'é'.normalize('NFD').repeat(50),
]
  .concat([
    '🏳️‍🌈'.repeat(20),
    "' OR 1=1 --",
    '${7*7}',
    '{{7*7}}',
    '<script>',
    '../../etc/passwd',
    '%00',
    '\r\n\r\n',
  ])
  .concat([
    '4111 1111 1111 1111',
    '٤١١١١١١١١١١١١١١١',
    '2027-02-30T25:61:61Z',
    'x'.repeat(20_000),
    '[object Object]',
  ]);

/** A document that is hostile in one of many ways; `canary` marks every value that it sends. */
export function hostileDocument(
  random: SeededRandom,
  { operations, names }: Vocabulary,
  canary: string,
): string {
  const name = () => (random.chance(0.2) ? random.oneOf(ODD_NAMES) : random.oneOf(names));
  const literal = () =>
    random.oneOf([JSON.stringify(canary), random.oneOf(ODD_NUMBERS), '[[[[]]]]', `{a: {a: {a: ${canary}}}}`]);
  const given = () => (random.chance(0.4) ? `(${name()}: ${literal()})` : '');
  const flood = 1 + random.below(3_000);
  const selection = (depth: number): string =>
    random
      .times(1 + random.below(4), () => {
        const below = depth > 0 && random.chance(0.6) ? `{ ${selection(depth - 1)} }` : '';
        return random.chance(0.2)
          ? `... on ${name()} { ${selection(Math.max(0, depth - 1))} }`
          : `${random.chance(0.3) ? `${name()}: ` : ''}${name()}${given()}${below}`;
      })
      .join(' ');
  const spreads = random.times(2 + random.below(40), (at) => at);
  const written: readonly (() => string)[] = [
    () => random.times(flood, () => random.oneOf([...TOKENS, name(), literal()])).join(' '),
    () => `{ ${selection(1 + random.below(8))} }`,
    () => `{ ${random.times(flood, (at) => `a${at}: ${random.oneOf(names)}`).join(' ')} }`,
    () => `{ ${random.times(flood, () => random.oneOf(names)).join(' ')} }`,
    () => `${'{ __typename '.repeat(flood)}${'}'.repeat(flood)}`,
    () => `{ __typename ${random.times(flood, () => `@${name()}(if: true)`).join(' ')} }`,
    () =>
      `{ ...F0 } ${spreads.map((at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`).join(' ')}`,
    () =>
      `{ ...F0 } ${spreads.map((at) => `fragment F${at} on Query { ...F${(at + 1) % spreads.length} }`).join(' ')}`,
    () => random.times(1 + random.below(50), (at) => `query Q${at} { __typename }`).join(' '),
    () =>
      `query (${random.times(flood, (at) => `$v${at}: ${name()} = ${literal()}`).join(', ')}) { __typename }`,
    () => `{ ${random.oneOf(names)}(${random.oneOf(names)}: ${'['.repeat(flood)}${']'.repeat(flood)}) }`,
    () => `query ($v: ${'['.repeat(flood)}Int${']'.repeat(flood)}) { __typename }`,
    () => `{ ${random.oneOf(names)}(${random.oneOf(names)}: """${random.oneOf(ODD_TEXTS)}${canary}""") }`,
    () =>
      `{ __schema { types ${'{ fields { type '.repeat(flood % 12)}{ name }${' } }'.repeat(flood % 12)} } }`,
    () => `{ _entities(representations: [{__typename: "${name()}", id: "${canary}"}]) { __typename } }`,
    () => `subscription { ${selection(2)} }`,
    () =>
      `mutation { ${random.times(1 + random.below(30), (at) => `m${at}: ${name()}${given()}`).join(' ')} }`,
    () => `# ${random.oneOf(ODD_TEXTS)}\n${random.oneOf(operations)}`,
    () => `${random.oneOf(operations)} ${random.oneOf(operations)}`,
    () => damaged(random, random.oneOf(operations)),
    () => `fragment ${name()} on ${name()} { ${selection(2)} } ${random.oneOf(operations)}`,
    () => `type Query { ${name()}: ${name()} } ${random.oneOf(operations)}`,
  ];
  return random.oneOf(written)();
}

/** A text with a few characters lost, doubled, swapped or replaced. */
export function damaged(random: SeededRandom, text: string): string {
  let left = text;
  for (let change = 0; change <= random.below(4); change++) {
    const at = random.below(left.length + 1);
    const kind = random.below(4);
    const inserted =
      kind === 0 ? '' : kind === 1 ? random.oneOf(ODD_TEXTS) : String.fromCharCode(random.below(0x300));
    left = left.slice(0, at) + inserted + left.slice(at + (kind === 3 ? 0 : 1));
  }
  return left;
}
