import { readAccessMap } from '@kept/access-policy';
import { parse, print } from 'graphql';
import { sdl } from '../test-graph/schemas.ts';
import { composeGraph, CompositionRefused } from './compose-graph.ts';
import { shadowOf } from './shadow.ts';

const refusal = (...subgraphs: string[]): readonly string[] => {
  try {
    composeGraph(subgraphs.map((text, at) => ({ name: `s${at}`, typeDefs: sdl(text) })));
    return [];
  } catch (error) {
    if (error instanceof CompositionRefused) return error.problems;
    throw error;
  }
};

const query = '"Reads." type Query { "One." a: A @access(allow: [PUBLIC]) }';
const a = (type: string, ...fields: string[]) =>
  `"An a." type A @key(fields: "id") @access(allow: [${type}]) { "Id." id: ID! ${fields.join(' ')} }`;

describe('a supergraph', () => {
  it('carries the policy of its subgraphs, inputs and arguments included', () => {
    const text = composeGraph([
      {
        name: 's',
        typeDefs:
          sdl(`"Reads." type Query { "One." a("Order." order: Int @access(allow: [MANAGER]), input: I): A @access(allow: [CLIENT]) }
          ${a('SELF, MANAGER', '"B." b: Int @access(allow: [SELF])')}
          "In." input I @access(allow: [CLIENT]) { "C." c: Int @access(allow: [BILLING]) "D." d: Int }`),
      },
    ]);
    const { types } = readAccessMap(parse(text));
    expect(types.get('A')?.fields.get('b')?.allow).toEqual(['SELF']);
    expect(types.get('A')?.allow).toEqual(['SELF', 'MANAGER']);
    expect(types.get('Query')?.fields.get('a')?.arguments.get('order')?.allow).toEqual(['MANAGER']);
    expect(types.get('I')?.fields.get('c')?.allow).toEqual(['BILLING']);
    expect(types.get('I')?.fields.get('d')?.allow).toEqual(['CLIENT']);
  });

  it('is the same whichever way its files were read, and ends with a line break', () => {
    const one = () => composeGraph([{ name: 's', typeDefs: sdl(`${query} ${a('PUBLIC')}`) }]);
    expect(one()).toBe(one());
    expect(one().endsWith('}\n')).toBe(true);
  });

  // Composition itself keeps one side and says nothing, or a hint: MANAGER silently became PUBLIC (measured).
  it('[gateway A5] is refused when two subgraphs say different things of one field, type or argument', () => {
    const fields = refusal(
      `${query} ${a('PUBLIC', '"B." b: Int @shareable @access(allow: [MANAGER])')}`,
      a('PUBLIC', '"B." b: Int @shareable @access(allow: [PUBLIC])'),
    );
    expect(fields).toEqual(['A.b: @access differs between subgraphs (s0: MANAGER; s1: PUBLIC).']);
    const missing = refusal(
      `${query} ${a('PUBLIC', '"B." b: Int @shareable @access(allow: [MANAGER])')}`,
      a('PUBLIC', '"B." b: Int @shareable'),
    );
    expect(missing).toEqual(['A.b: @access differs between subgraphs (s0: MANAGER; s1: PUBLIC).']);
    const types = refusal(`${query} ${a('PUBLIC')}`, a('MANAGER', '"C." c: Int'));
    expect(types).toContain('A: @access differs between subgraphs (s0: PUBLIC; s1: MANAGER).');
  });

  // GHSA-m8jr-fxqx-8xx6: the planner fetches what @requires names for whoever asks the field that requires it.
  it('[gateway A3] is refused when a @requires reaches a field that its readers may not read', () => {
    const owner = `${query} ${a('PUBLIC', '"Secret." secret: Int @access(allow: [MANAGER])')}`;
    const quoting = (allow: string) =>
      a(
        'PUBLIC',
        '"Secret." secret: Int @external @access(allow: [MANAGER])',
        `"Made of it." derived: Int @requires(fields: "secret") @access(allow: [${allow}])`,
      );
    expect(refusal(owner, quoting('PUBLIC')).join()).toMatch(/derived/);
    expect(refusal(owner, quoting('BILLING')).join()).toMatch(/derived/);
    expect(refusal(owner, quoting('MANAGER'))).toEqual([]);
  });

  it('[gateway A3] lets a narrower audience require what a wider one may read', () => {
    const owner = `${query} ${a('PUBLIC', '"B." b: Int @access(allow: [SIGNED_IN])')}`;
    const derived = a(
      'PUBLIC',
      '"B." b: Int @external @access(allow: [SIGNED_IN])',
      '"D." d: Int @requires(fields: "b") @access(allow: [MANAGER])',
    );
    expect(refusal(owner, derived)).toEqual([]);
  });

  it('[gateway A5] [LAW-01] is refused when two subgraphs keep one field for different purposes, or one for none', () => {
    const types = refusal(
      `${query} "An a." type A @key(fields: "id") @access(allow: [PUBLIC], purposes: [PAYMENT]) { "Id." id: ID! }`,
      a('PUBLIC', '"C." c: Int'),
    );
    expect(types).toEqual([
      'A: @access differs between subgraphs (s0: PUBLIC for PAYMENT; s1: PUBLIC).',
      'A.id: @access differs between subgraphs (s0: PUBLIC for PAYMENT; s1: PUBLIC).',
    ]);
  });

  it('[gateway A3] [LAW-01] is refused when a @requires uses a field for a purpose that it is not kept for', () => {
    const owner = `${query} ${a('PUBLIC', '"B." b: Int @access(allow: [MANAGER], purposes: [PAYMENT, BOOKING_SERVICE])')}`;
    const quoting = (purposes: string) =>
      a(
        'PUBLIC',
        '"B." b: Int @external @access(allow: [MANAGER], purposes: [PAYMENT, BOOKING_SERVICE])',
        `"Made of it." derived: Int @requires(fields: "b") @access(allow: [MANAGER]${purposes})`,
      );
    expect(refusal(owner, quoting('')).join()).toMatch(/derived/);
    expect(refusal(owner, quoting(', purposes: [MARKETING_NEWS]')).join()).toMatch(/derived/);
    expect(refusal(owner, quoting(', purposes: [MARKETING_NEWS, PAYMENT]')).join()).toMatch(/derived/);
    expect(refusal(owner, quoting(', purposes: [PAYMENT]'))).toEqual([]);
  });

  it('is refused when a field that may not be null is kept for fewer purposes than its type', () => {
    expect(
      refusal(`${query} ${a('PUBLIC', '"B." b: Int! @access(allow: [PUBLIC], purposes: [PAYMENT])')}`),
    ).toEqual(['[s0] A.b: not everybody who reaches A may read it, so it must be nullable.']);
  });

  it('[gateway A19] is refused with every field that nobody classified, by subgraph', () => {
    expect(refusal(`${query} "An a." type A { "Id." id: ID! "B." b: Int }`)).toEqual([
      '[s0] A.id: has no @access, neither has its type.',
      '[s0] A.b: has no @access, neither has its type.',
    ]);
  });

  it('is refused with Apollo’s own reasons where subgraphs do not fit', () => {
    expect(refusal(`${query} ${a('PUBLIC', '"B." b: Int')}`, a('PUBLIC', '"B." b: Int')).join()).toMatch(
      /A\.b/,
    );
  });

  it('never ships the directives of the shadow, which the gateway could not load', () => {
    const typeDefs = sdl(`${query} ${a('MANAGER')}`);
    expect(print(shadowOf(typeDefs, 'allow'))).toContain('@requiresScopes(scopes: [["MANAGER"]])');
    expect(print(shadowOf(typeDefs, 'allow'))).not.toContain('@access');
    expect(composeGraph([{ name: 's', typeDefs: sdl(`${query} ${a('PUBLIC')}`) }])).not.toContain(
      'requiresScopes',
    );
  });
});
