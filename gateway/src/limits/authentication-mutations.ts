import { BREAK, Kind, visit, type DocumentNode } from 'graphql';

/** The mutations that the supergraph gives to `subgraph`, by its `@join__field(graph:)`. */
export function mutationsOf(supergraph: DocumentNode, subgraph: string): Set<string> {
  const names = new Set<string>();
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || definition.name.value !== 'Mutation') continue;
    const joined = (directives: typeof definition.directives, name: string) =>
      (directives ?? [])
        .filter((directive) => directive.name.value === name)
        .flatMap(({ arguments: given }) => given ?? [])
        .flatMap(({ name: key, value }) =>
          key.value === 'graph' && value.kind === Kind.ENUM ? [value.value.toLowerCase()] : [],
        );
    const ofType = joined(definition.directives, 'join__type');
    for (const field of definition.fields ?? []) {
      const ofField = joined(field.directives, 'join__field');
      // A field without its own mark belongs to every subgraph of the type.
      if ((ofField.length > 0 ? ofField : ofType).includes(subgraph)) names.add(field.name.value);
    }
  }
  return names;
}

/** Whether a mutation's document asks for one of these. A field of the same name further down counts too: no harm. */
export function asksForAny(document: DocumentNode, names: ReadonlySet<string>): boolean {
  let found = false;
  visit(document, {
    Field: ({ name }) => {
      if (!names.has(name.value)) return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}
