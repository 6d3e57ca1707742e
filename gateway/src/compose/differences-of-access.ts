import { readAccessMap, type Classification, type TypeAccess } from '@kept/access-policy';
import { Kind, type DocumentNode } from 'graphql';
import type { Subgraph } from './compose-graph.ts';

/**
 * Types, fields and arguments that stand in several subgraphs with different audiences or purposes. Composition takes one and
 * says nothing when the other is missing, so every subgraph is compared with every other before it.
 */
export function differencesOfAccess(subgraphs: readonly Subgraph[]): string[] {
  const stated = new Map<string, Map<string, string>>();
  const state = (coordinate: string, subgraph: string, classified: Classification) => {
    const known = stated.get(coordinate) ?? new Map<string, string>();
    stated.set(coordinate, known.set(subgraph, inWords(classified)));
  };
  for (const { name, typeDefs } of subgraphs) {
    const external = externalFields(typeDefs);
    for (const type of readAccessMap(typeDefs).types.values()) {
      for (const [coordinate, classified] of classificationsOf(type)) {
        if (!external.has(coordinate)) state(coordinate, name, classified);
      }
    }
  }
  return [...stated]
    .filter(([, bySubgraph]) => new Set(bySubgraph.values()).size > 1)
    .map(([coordinate, bySubgraph]) => {
      const sides = [...bySubgraph].map(([subgraph, words]) => `${subgraph}: ${words}`);
      return `${coordinate}: @access differs between subgraphs (${sides.join('; ')}).`;
    });
}

const inWords = ({ allow, purposes }: Classification) =>
  `${allow.join(', ') || 'nobody'}${purposes.length > 0 ? ` for ${purposes.join(', ')}` : ''}`;

function classificationsOf(type: TypeAccess): [coordinate: string, classified: Classification][] {
  return [
    ...(type.root ? [] : [[type.name, type] satisfies [string, Classification]]),
    ...[...type.fields].flatMap(([name, field]): [string, Classification][] => [
      [`${type.name}.${name}`, field],
      ...[...field.arguments].map(([argument, classified]): [string, Classification] => [
        `${type.name}.${name}(${argument}:)`,
        classified,
      ]),
    ]),
  ];
}

// A subgraph does not answer for fields that it only quotes.
function externalFields(document: DocumentNode): Set<string> {
  const external = new Set<string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION)
      continue;
    for (const field of definition.fields ?? []) {
      if (field.directives?.some(({ name }) => name.value === 'external')) {
        external.add(`${definition.name.value}.${field.name.value}`);
      }
    }
  }
  return external;
}
