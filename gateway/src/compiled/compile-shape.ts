import {
  getNullableType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isUnionType,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { bareObject, isData, own, type Data } from './bare-object.ts';
import { checkLeafOf } from './check-leaf.ts';
import { collectFields, type ReadOperation } from './collect-fields.ts';
import type { Failures } from './failures.ts';
import type { IsOfType } from './type-conditions.ts';

/** What a value's completion needs of its request. */
export interface Completing {
  /** Where we are in the response. Pushed to and popped from, copied only for an error. */
  readonly path: (string | number)[];
  readonly failures: Pick<Failures, 'addCompletion'>;
  /** Answers `__schema` and `__type`. */
  readonly introspect: (fields: readonly FieldNode[]) => unknown;
}

/** Completes a value that is not null, or gives null and has said why. */
type Complete = (value: unknown, at: Completing) => unknown;

interface ShapedField {
  readonly key: string;
  /** `Type.field`, for the log. */
  readonly coordinate: string;
  readonly nonNull: boolean;
  /** Where the value comes from an answer: completes it. */
  readonly complete?: Complete;
  /** Where it does not: gives it. */
  readonly give?: (at: Completing) => unknown;
}

/** One field of an operation, as often as it was asked for in one place. */
interface Selected {
  readonly nodes: readonly FieldNode[];
  readonly coordinate: string;
}

interface Shaping {
  readonly read: ReadOperation;
  readonly isTrue: ReadonlySet<string>;
  readonly schema: GraphQLSchema;
  /** Of the supergraph: it also knows the interfaces that clients do not see. */
  readonly isOfType: IsOfType;
}

/** Completes what the subgraphs have answered into what one operation may give. */
export type Shape = (data: Data, at: Completing) => Data | null;

/**
 * Compiles how the answer of an operation is completed from the schema that clients know: the keys that were asked for, in
 * the order in which they were, values only of their type, null up to the nearest place that may hold one. What of it
 * depends on an object's type is compiled when the first such object comes, and kept.
 */
export function compileShape(shaping: Shaping): Shape {
  const { operation } = shaping.read;
  const root = shaping.schema.getRootType(operation.operation);
  if (!root) throw new Error(`The graph has no root type for a ${operation.operation}.`);
  const fields = fieldsOf([operation.selectionSet], root, shaping);
  return (data, at) => completeFields(data, fields, at);
}

function fieldsOf(
  sets: readonly SelectionSetNode[],
  type: GraphQLCompositeType,
  shaping: Shaping,
): readonly ShapedField[] {
  const collecting = { ...shaping.read, isTrue: shaping.isTrue, isOfType: shaping.isOfType };
  return [...collectFields(sets, type.name, collecting)].flatMap(([key, nodes]): ShapedField[] => {
    const name = nodes[0]?.name.value ?? '';
    const coordinate = `${type.name}.${name}`;
    if (name === '__typename') {
      // An object of which only an interface is known cannot say what it is.
      return [{ key, coordinate, nonNull: true, give: () => (isAbstractType(type) ? null : type.name) }];
    }
    if (name === '__schema' || name === '__type') {
      return [{ key, coordinate, nonNull: name === '__schema', give: (at) => at.introspect(nodes) }];
    }
    const field = isUnionType(type) ? undefined : type.getFields()[name];
    if (!field) throw new Error(`${coordinate} passed validation but does not exist.`);
    const complete = completionOf(field.type, { nodes, coordinate }, shaping);
    return [{ key, coordinate, nonNull: isNonNullType(field.type), complete }];
  });
}

function completeFields(data: Data, fields: readonly ShapedField[], at: Completing): Data | null {
  const answer = bareObject();
  for (const { key, coordinate, nonNull, complete, give } of fields) {
    const value = complete ? own(data, key) : give?.(at);
    let completed: unknown = null;
    if (value !== null && value !== undefined) {
      if (complete) {
        at.path.push(key);
        completed = complete(value, at);
        at.path.pop();
      } else completed = value;
      if (completed === null && nonNull) return null;
    } else if (nonNull) {
      at.failures.addCompletion([...at.path, key], coordinate);
      return null;
    }
    answer[key] = completed;
  }
  return answer;
}

function completionOf(type: GraphQLOutputType, selected: Selected, shaping: Shaping): Complete {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return completionOfList(nullable.ofType, selected, shaping);
  if (isLeafType(nullable)) {
    const check = checkLeafOf(nullable);
    return (value, at) => {
      const checked = check(value);
      return checked === undefined ? refuse(at, selected) : checked;
    };
  }
  if (!isCompositeType(nullable)) throw new Error(`${String(type)} is no type of an answer.`);
  return completionOfObject(nullable, selected, shaping);
}

function completionOfList(itemType: GraphQLOutputType, selected: Selected, shaping: Shaping): Complete {
  const complete = completionOf(itemType, selected, shaping);
  const nonNull = isNonNullType(itemType);
  return (value, at) => {
    if (!Array.isArray(value)) return refuse(at, selected);
    const items: unknown[] = [];
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index];
      const missing = item === null || item === undefined;
      at.path.push(index);
      if (missing && nonNull) refuse(at, selected);
      const completed = missing ? null : complete(item, at);
      at.path.pop();
      if (completed === null && nonNull) return null;
      items.push(completed);
    }
    return items;
  };
}

function completionOfObject(declared: GraphQLCompositeType, selected: Selected, shaping: Shaping): Complete {
  const sets = selected.nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const known = new Map<unknown, readonly ShapedField[]>();
  return (value, at) => {
    if (!isData(value)) return refuse(at, selected);
    const typeName = own(value, '__typename') ?? undefined;
    let fields = known.get(typeName);
    if (!fields) {
      const type = typeOf(typeName, declared, shaping);
      if (!type) return refuse(at, selected);
      fields = fieldsOf(sets, type, shaping);
      known.set(typeName, fields);
    }
    return completeFields(value, fields, at);
  };
}

// What an object is, as far as clients may know. Undefined when it is none that can stand here.
function typeOf(
  typeName: unknown,
  declared: GraphQLCompositeType,
  { schema, isOfType }: Shaping,
): GraphQLCompositeType | undefined {
  if (!isAbstractType(declared)) {
    // A subgraph with `@interfaceObject` calls it by the interface's name.
    const fits =
      typeName === undefined || (typeof typeName === 'string' && isOfType(declared.name, typeName));
    return fits ? declared : undefined;
  }
  // Where a subgraph with `@interfaceObject` alone was asked, nobody has said which type it is, and nobody needs to know.
  if (typeName === undefined) return isUnionType(declared) ? undefined : declared;
  const type = typeof typeName === 'string' ? schema.getType(typeName) : undefined;
  return isCompositeType(type) && isOfType(type.name, declared.name) ? type : undefined;
}

function refuse(at: Completing, { coordinate }: Selected): null {
  at.failures.addCompletion(at.path, coordinate);
  return null;
}
