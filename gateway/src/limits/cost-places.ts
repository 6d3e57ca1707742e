import { Fault } from '@kept/subgraph-kit';
import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  Kind,
  valueFromASTUntyped,
  type ArgumentNode,
  type DirectiveNode,
  type GraphQLArgument,
  type GraphQLInputType,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';
import type { CostDirectives, ListSize } from './cost-directives.ts';

export type Variables = Readonly<Record<string, unknown>>;
/** A number that is known now, or one that the variables bring. */
export type Known = number | { readonly place: number };

/** What a list counts for whose length nothing says: as many as a request may ask for at most. */
export const UNKNOWN_LIST_SIZE = 100;

/** Collects the numbers of one operation that depend on its variables. */
export function openPlaces(operation: OperationDefinitionNode, directives: CostDirectives) {
  const readers: ((variables: Variables) => number)[] = [];
  const defaults: Record<string, unknown> = Object.fromEntries(
    (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)] as const] : [],
    ),
  );
  const place = (read: (variables: Variables) => number): Known => ({ place: readers.push(read) - 1 });
  const reads = (node: ValueNode): ((variables: Variables) => unknown) => {
    if (node.kind === Kind.VARIABLE) {
      const name = node.name.value;
      return (variables) => (Object.hasOwn(variables, name) ? variables[name] : defaults[name]);
    }
    if (hasVariable(node)) return (variables) => valueFromASTUntyped(node, { ...defaults, ...variables });
    const literal: unknown = valueFromASTUntyped(node);
    return () => literal;
  };
  const isFixed = (node: ValueNode | undefined) => node?.kind !== Kind.VARIABLE;
  const atOnce = (fixed: boolean, read: (variables: Variables) => number) => (fixed ? read({}) : place(read));

  return {
    readers,
    /** How many entries a field with `@listSize` has. */
    size(
      field: { arguments?: readonly ArgumentNode[] | undefined },
      own: readonly GraphQLArgument[],
      listSize: ListSize,
    ) {
      const sources = listSize.slicingArguments.map((name) => ({
        node: field.arguments?.find((argument) => argument.name.value === name)?.value,
        byDefault: own.find((argument) => argument.name === name)?.defaultValue,
      }));
      const readAll = sources.map(({ node, byDefault }) => {
        if (!node) return () => byDefault;
        const read = reads(node);
        // A variable that is not there leaves the argument at its own default; null is null.
        return (variables: Variables) => {
          const given = read(variables);
          return given === undefined ? byDefault : given;
        };
      });
      return atOnce(
        sources.every(({ node }) => isFixed(node)),
        (variables) =>
          sizeOf(
            listSize,
            readAll.map((read) => read(variables)),
          ),
      );
    },
    /** 1 where `@include` and `@skip` let a field stand, else 0. */
    stands(given: readonly DirectiveNode[] | undefined): readonly Known[] {
      return (given ?? []).flatMap((directive) => {
        const wanted = { include: true, skip: false }[directive.name.value];
        const condition = directive.arguments?.[0]?.value;
        if (wanted === undefined || !condition) return [];
        const read = reads(condition);
        // Only a clear no leaves it out: what is no boolean is refused later, and costs until then.
        return [atOnce(isFixed(condition), (variables) => (read(variables) === !wanted ? 0 : 1))];
      });
    },
    /** What the weights of the fields inside an argument's value add up to. */
    input(node: ValueNode, type: GraphQLInputType): Known {
      if (!weighs(type, directives)) return 0;
      const read = reads(node);
      return atOnce(!hasVariable(node), (variables) => weightOf(read(variables), type, directives));
    },
  };
}

function sizeOf(listSize: ListSize, values: readonly unknown[]): number {
  const given = values.filter((value) => value !== undefined && value !== null);
  const [first] = listSize.slicingArguments;
  if (first !== undefined && listSize.requireOneSlicingArgument && given.length !== 1) {
    throw new Fault(
      'LIMIT_EXCEEDED',
      `Say how many entries you want, with "${listSize.slicingArguments.join('" or "')}".`,
      {
        field: first,
      },
    );
  }
  // What is no number is refused when variables are read; it must not be cheap until then.
  const sizes = given.map((value) => (typeof value === 'number' && value >= 0 ? value : UNKNOWN_LIST_SIZE));
  return sizes.length > 0 ? Math.max(...sizes) : (listSize.assumedSize ?? UNKNOWN_LIST_SIZE);
}

function hasVariable(node: ValueNode): boolean {
  if (node.kind === Kind.VARIABLE) return true;
  if (node.kind === Kind.LIST) return node.values.some(hasVariable);
  return node.kind === Kind.OBJECT && node.fields.some(({ value }) => hasVariable(value));
}

function weighs(type: GraphQLInputType, directives: CostDirectives, seen = new Set<string>()): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named) || seen.has(named.name)) return false;
  seen.add(named.name);
  return Object.values(named.getFields()).some(
    (field) => directives.inputs.has(`${named.name}.${field.name}`) || weighs(field.type, directives, seen),
  );
}

function weightOf(value: unknown, type: GraphQLInputType, directives: CostDirectives): number {
  if (typeof value !== 'object' || value === null) return 0;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items.reduce<number>((sum, item) => sum + weightOf(item, nullable.ofType, directives), 0);
  }
  if (!isInputObjectType(nullable)) return 0;
  return Object.values(nullable.getFields()).reduce((sum, field) => {
    const given = (value as Record<string, unknown>)[field.name];
    if (given === undefined) return sum;
    const own = directives.inputs.get(`${nullable.name}.${field.name}`) ?? 0;
    return sum + own + weightOf(given, field.type, directives);
  }, 0);
}
