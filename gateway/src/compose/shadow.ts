import {
  ACCESS_SPEC,
  AUDIENCES,
  isWithin,
  linkedDirectiveName,
  PURPOSES,
  type Audience,
} from '@kept/access-policy';
import {
  Kind,
  visit,
  type ConstDirectiveNode,
  type ConstListValueNode,
  type ConstValueNode,
  type DocumentNode,
} from 'graphql';

const FEDERATION = 'https://specs.apollo.dev/federation/';

/** What a shadow shows: for whom a field is, or for which purposes. Whoever asks must pass both, so each is proved alone. */
export const SHADOWS = ['allow', 'purposes'] as const;
export type Shadow = (typeof SHADOWS)[number];

/**
 * The same schema with `@access(allow: [A, B])` as Apollo's `@requiresScopes(scopes: [["A"], ["B"]])`, which is composed
 * and thrown away: Apollo's validator knows how to refuse a `@requires` that reaches a field its readers may not
 * read, but only looks at its own directives (measured). The gateway cannot load those, so ours never ships in them.
 */
export function shadowOf(document: DocumentNode, shadow: Shadow): DocumentNode {
  const access = linkedDirectiveName(document.definitions, ACCESS_SPEC);
  const isAccess = (directive: ConstDirectiveNode) => directive.name.value === access;
  const onOutput = (node: { directives?: readonly ConstDirectiveNode[] }) => ({
    ...node,
    directives: node.directives?.flatMap((directive) =>
      isAccess(directive) ? scopesOf(directive, shadow) : [directive],
    ),
  });
  const onInput = (node: { directives?: readonly ConstDirectiveNode[] }) => ({
    ...node,
    directives: node.directives?.filter((directive) => !isAccess(directive)),
  });
  const onSchema = (node: { directives?: readonly ConstDirectiveNode[] }) => ({
    ...node,
    directives: node.directives?.flatMap((directive) => linkOf(directive, access ?? '')),
  });
  return visit(document, {
    DirectiveDefinition: (node) => (node.name.value === access ? null : undefined),
    SchemaDefinition: { leave: onSchema },
    SchemaExtension: { leave: onSchema },
    ObjectTypeDefinition: { leave: onOutput },
    ObjectTypeExtension: { leave: onOutput },
    // A field that is only quoted has its rule where it lives, and may carry no directive of this kind.
    FieldDefinition: {
      leave: (node) =>
        node.directives?.some(({ name }) => name.value === 'external') ? onInput(node) : onOutput(node),
    },
    InputObjectTypeDefinition: { leave: onInput },
    InputObjectTypeExtension: { leave: onInput },
    InputValueDefinition: { leave: onInput },
  });
}

const string = (value: string): ConstValueNode => ({ kind: Kind.STRING, value });
const list = (values: readonly ConstValueNode[]): ConstListValueNode => ({ kind: Kind.LIST, values });
const argumentOf = (directive: ConstDirectiveNode, name: string) =>
  directive.arguments?.find((argument) => argument.name.value === name)?.value;

function scopesOf(directive: ConstDirectiveNode, shadow: Shadow): ConstDirectiveNode[] {
  const value = argumentOf(directive, shadow);
  const items = value?.kind === Kind.LIST ? value.values : value ? [value] : [];
  const names = items.flatMap((item) => (item.kind === Kind.ENUM ? [item.value] : []));
  const scopes =
    shadow === 'allow' ? audiencesWithin(names) : PURPOSES.filter((name) => names.includes(name));
  if (scopes.length === 0) return [];
  const each = list(scopes.map((scope) => list([string(scope)])));
  return [
    {
      kind: Kind.DIRECTIVE,
      name: { kind: Kind.NAME, value: 'requiresScopes' },
      arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'scopes' }, value: each }],
    },
  ];
}

// Whoever is in a narrower audience is in the wider one too: MANAGER may read what is for SIGNED_IN.
function audiencesWithin(allow: readonly string[]): Audience[] {
  if (allow.includes('PUBLIC')) return [];
  return AUDIENCES.filter((audience) => allow.some((wide) => isWithin(audience, wide as Audience)));
}

function linkOf(directive: ConstDirectiveNode, access: string): ConstDirectiveNode[] {
  const text = (name: string) => {
    const value = argumentOf(directive, name);
    return value?.kind === Kind.STRING ? value.value : undefined;
  };
  if (directive.name.value === 'composeDirective') return text('name') === `@${access}` ? [] : [directive];
  if (text('url') === ACCESS_SPEC) return [];
  if (!text('url')?.startsWith(FEDERATION)) return [directive];
  const given = directive.arguments ?? [];
  return [
    {
      ...directive,
      arguments: given.map((argument) =>
        argument.name.value === 'import' && argument.value.kind === Kind.LIST
          ? { ...argument, value: list([...argument.value.values, string('@requiresScopes')]) }
          : argument,
      ),
    },
  ];
}
