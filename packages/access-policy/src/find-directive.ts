import { Kind, type ConstDirectiveNode, type ConstValueNode, type DefinitionNode } from 'graphql';

const text = (value: ConstValueNode | undefined) => (value?.kind === Kind.STRING ? value.value : undefined);

const argument = (directive: ConstDirectiveNode, name: string) =>
  directive.arguments?.find((candidate) => candidate.name.value === name)?.value;

/**
 * The local name of a directive that a document brings in with `@link`, found by the specification's address:
 * `import: [{name: "@access", as: "@whoMay"}]` must not switch the policy off (GHSA-g8jh-vg5j-4h3f).
 */
export function linkedDirectiveName(
  definitions: readonly DefinitionNode[],
  specification: string,
): string | undefined {
  const [identity, name] = identityOf(specification);
  for (const definition of definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const directive of definition.directives ?? []) {
      const url = text(argument(directive, 'url'));
      if (url === undefined || identityOf(url)[0] !== identity) continue;
      return importedAs(argument(directive, 'import'), name) ?? text(argument(directive, 'as')) ?? name;
    }
  }
  return undefined;
}

// https://specs.apollo.dev/link/v1.0/#Url: the last part is the version, the one before it the name.
function identityOf(url: string): [identity: string, name: string] {
  const identity = url.replace(/\/v\d+(\.\d+)*\/?$/, '');
  return [identity, identity.slice(identity.lastIndexOf('/') + 1)];
}

function importedAs(imports: ConstValueNode | undefined, name: string): string | undefined {
  if (imports?.kind !== Kind.LIST) return undefined;
  for (const item of imports.values) {
    if (text(item) === `@${name}`) return name;
    if (item.kind !== Kind.OBJECT) continue;
    const field = (key: string) => text(item.fields.find((entry) => entry.name.value === key)?.value);
    if (field('name') === `@${name}`) return field('as')?.slice(1) ?? name;
  }
  return undefined;
}
