import type { Decisions } from '@kept/access-policy';
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  typeFromAST,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import type { PreparedOperation } from '../operations/prepared-operation.ts';
import { personalCoordinates } from './personal-coordinates.ts';

/** One personal field under its key in the answer. */
export interface Leaf {
  readonly key: string;
  readonly coordinate: number;
  /** Its place in the mask of its group. */
  readonly bit: number;
  /** The object types it stands on; null where there is only one. */
  readonly types: ReadonlySet<string> | null;
}

/** Personal fields of one object, as many as a mask of 31 bits names. Numbered over the whole plan. */
export interface LeafGroup {
  readonly slot: number;
  readonly leaves: readonly Leaf[];
}

/** The way to further objects in which something personal stands, or which say whose a row is. */
export interface Branch {
  readonly key: string;
  readonly types: ReadonlySet<string> | null;
  readonly child: ObjectPlan;
  /** Where a person is asked for by id: what they are called in the answer does not matter then. */
  readonly personId: PersonId | null;
}

/** In a variable, or in what stands for one that is not sent; or in the question itself. */
type PersonId = { readonly variable: string; readonly or: string | undefined } | { readonly value: string };

/** What there is to find in one object of an answer. */
export interface ObjectPlan {
  readonly groups: readonly LeafGroup[];
  readonly branches: readonly Branch[];
  /** The key of `__typename`, where the operation asks for it. */
  readonly typenameKey: string | null;
  /** Under which keys the object, when it is a person, says who it is. */
  readonly idKeys: readonly string[];
  /** Keys under which an object is the person whose row this is: `client` of a booking. */
  readonly ownerKeys: readonly { readonly key: string; readonly idKeys: readonly string[] }[];
}

/** Where personal data stands in the answers of an operation. */
export interface AnswerPlan {
  readonly root: ObjectPlan;
  readonly groups: readonly LeafGroup[];
}

// Whose data the graph is about: the objects of this type are people, and their id is who they are everywhere.
const PERSON = 'Client';
const plans = new WeakMap<PreparedOperation, AnswerPlan | null>();
const MASK_BITS = 31;

export interface PlanOptions {
  readonly schema: GraphQLSchema;
  readonly decisions: Decisions;
}

/** Where personal data stands in the answers of an operation: worked out once for it. Null when there can be none. */
export function answerPlan(prepared: PreparedOperation, options: PlanOptions): AnswerPlan | null {
  const known = plans.get(prepared);
  if (known !== undefined) return known;
  const root = options.schema.getRootType(prepared.operation.operation);
  const compiler = new Compiler(prepared.document, options);
  const plan = root ? compiler.object(root, [prepared.operation.selectionSet]) : null;
  const useful = plan && compiler.groups.length > 0 ? { root: plan, groups: compiler.groups } : null;
  plans.set(prepared, useful);
  return useful;
}

interface Selected {
  readonly parent: GraphQLCompositeType;
  readonly node: FieldNode;
}

/** A field of a selection: personal, or an object. */
interface Planned {
  readonly key: string;
  readonly types: ReadonlySet<string> | null;
  readonly coordinate: number | null;
  readonly child: ObjectPlan | null;
  readonly owner: boolean;
  readonly personId: Branch['personId'];
}

class Compiler {
  readonly groups: LeafGroup[] = [];
  readonly #schema: GraphQLSchema;
  readonly #decisions: Decisions;
  readonly #personal: Uint8Array;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #defaults = new Map<string, string>();

  constructor(document: DocumentNode, { schema, decisions }: PlanOptions) {
    this.#schema = schema;
    this.#decisions = decisions;
    this.#personal = personalCoordinates(decisions);
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
      else if (definition.kind === Kind.OPERATION_DEFINITION)
        for (const { variable, defaultValue } of definition.variableDefinitions ?? [])
          if (defaultValue?.kind === Kind.STRING) this.#defaults.set(variable.name.value, defaultValue.value);
    }
  }

  object(type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): ObjectPlan {
    const selected = sets.flatMap((set) => this.#select(type, set));
    // The same key on the same type is the same field, and its selections are one (GraphQL §6.3.2).
    const groups = new Map<string, Selected[]>();
    for (const one of selected) {
      const group = `${one.parent.name}.${keyOf(one.node)}`;
      const same = groups.get(group);
      if (same) same.push(one);
      else groups.set(group, [one]);
    }
    const several = isAbstractType(type);
    const planned = [...groups.values()].flatMap((group) => this.#field(group, several));
    return {
      groups: this.#leafGroups(planned),
      branches: planned.flatMap(({ key, types, child, personId }) =>
        child ? [{ key, types, child, personId }] : [],
      ),
      typenameKey: keyOfFirst(selected, '__typename'),
      idKeys: this.#canBePerson(type)
        ? selected.filter(({ node }) => node.name.value === 'id').map(({ node }) => keyOf(node))
        : [],
      ownerKeys: planned.flatMap(({ key, child, owner }) =>
        owner && child && child.idKeys.length > 0 ? [{ key, idKeys: child.idKeys }] : [],
      ),
    };
  }

  #leafGroups(planned: readonly Planned[]): LeafGroup[] {
    const personal = planned.flatMap(({ key, types, coordinate }) =>
      coordinate === null ? [] : [{ key, types, coordinate }],
    );
    const own: LeafGroup[] = [];
    for (let at = 0; at < personal.length; at += MASK_BITS) {
      const leaves = personal.slice(at, at + MASK_BITS).map((leaf, place) => ({ ...leaf, bit: 1 << place }));
      const group = { slot: this.groups.length, leaves };
      this.groups.push(group);
      own.push(group);
    }
    return own;
  }

  #field(group: readonly Selected[], several: boolean): Planned[] {
    const [first] = group;
    if (!first || first.node.name.value.startsWith('__') || isUnionType(first.parent)) return [];
    const { parent, node } = first;
    const name = node.name.value;
    const type = parent.getFields()[name]?.type;
    if (!type) return [];
    const named = getNamedType(type);
    const types = several ? objectTypesOf(parent, this.#schema) : null;
    const common = { key: keyOf(node), types, coordinate: null, child: null, owner: false, personId: null };
    if (isCompositeType(named)) {
      const child = this.object(
        named,
        group.flatMap((one) => one.node.selectionSet ?? []),
      );
      const owner = named.name === PERSON;
      const useful = child.groups.length > 0 || child.branches.length > 0 || child.idKeys.length > 0;
      return useful ? [{ ...common, child, owner, personId: owner ? this.#personIdOf(node) : null }] : [];
    }
    const number = this.#decisions.numberOf(`${parent.name}.${name}`);
    return number !== undefined && this.#personal[number] === 1 ? [{ ...common, coordinate: number }] : [];
  }

  /** Fields with their fragments resolved; each on the type that its fragment names. */
  #select(parent: GraphQLCompositeType, set: SelectionSetNode): Selected[] {
    return set.selections.flatMap((selection): Selected[] => {
      if (selection.kind === Kind.FIELD) return [{ parent, node: selection }];
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
      if (!fragment) return [];
      const condition = fragment.typeCondition ? typeFromAST(this.#schema, fragment.typeCondition) : parent;
      return isCompositeType(condition) ? this.#select(condition, fragment.selectionSet) : [];
    });
  }

  /** `client(id: $id)`: a person who is asked for is the one who is answered. */
  #personIdOf(node: FieldNode): PersonId | null {
    const value = node.arguments?.find(({ name }) => name.value === 'id')?.value;
    if (value?.kind === Kind.VARIABLE) {
      const variable = value.name.value;
      return { variable, or: this.#defaults.get(variable) };
    }
    return value?.kind === Kind.STRING ? { value: value.value } : null;
  }

  #canBePerson(type: GraphQLCompositeType): boolean {
    return objectTypesOf(type, this.#schema).has(PERSON);
  }
}

const keyOf = (node: FieldNode): string => node.alias?.value ?? node.name.value;

function keyOfFirst(selected: readonly Selected[], name: string): string | null {
  const found = selected.find(({ node }) => node.name.value === name);
  return found ? keyOf(found.node) : null;
}

const objectTypesOf = (type: GraphQLCompositeType, schema: GraphQLSchema): ReadonlySet<string> =>
  new Set(isObjectType(type) ? [type.name] : schema.getPossibleTypes(type).map(({ name }) => name));
