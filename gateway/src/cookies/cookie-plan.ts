import {
  getNamedType,
  isObjectType,
  isUnionType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';

/** What of a sign-in a browser can keep where no script reads it. */
export type Kept = 'refresh' | 'device' | 'flow';

/** A variable of an operation that a cookie can fill. */
export interface CookiePlace {
  readonly kept: Kept;
  readonly variable: string;
  /** The member of the variable's object, when it is not the variable itself. */
  readonly member: string | null;
  /** Whether a browser that uses cookies may give it itself: not the sign-in that it goes on with (A33). */
  readonly byCookieAlone: boolean;
}

/** Everything about cookies that depends on a mutation's text alone. */
export interface CookiePlan {
  readonly places: readonly CookiePlace[];
  /** Why cookies cannot be used with it, in a sentence. */
  readonly refusal: string | null;
  /** Names in the answer that hold what belongs into a cookie. */
  readonly answered: ReadonlyMap<string, Kept>;
  /** The names in the answer under which somebody signs out, and whether of all devices. */
  readonly signOuts: ReadonlyMap<string, { readonly everywhere: boolean }>;
}

const SESSION = 'SessionIssued';
const GIVEN: Readonly<Record<string, Kept>> = {
  refreshToken: 'refresh',
  deviceToken: 'device',
  flow: 'flow',
};
const SIGN_OUTS: Readonly<Record<string, { readonly everywhere: boolean }>> = {
  signOut: { everywhere: false },
  signOutEverywhere: { everywhere: true },
  forgetAllDevices: { everywhere: true },
};
const ALIASED = 'Ask for refreshToken, deviceToken and flow by these names when cookies keep them.';
const USED_TWICE = 'A variable that a cookie fills is used in one place alone.';

/** Works out where cookies go in and where they come out. Null for a document that has nothing to do with them. */
export function planCookies(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CookiePlan | null {
  const places = operation.selectionSet.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD ? placesOf(schema, selection) : [],
  );
  const { answered, aliased } = answeredBy(schema, document);
  const signOuts = new Map(
    operation.selectionSet.selections.flatMap((selection) => {
      const signOut = selection.kind === Kind.FIELD ? SIGN_OUTS[selection.name.value] : undefined;
      return selection.kind === Kind.FIELD && signOut
        ? [[(selection.alias ?? selection.name).value, signOut] as const]
        : [];
    }),
  );
  if (places.length === 0 && answered.size === 0 && signOuts.size === 0) return null;
  // What stands in a cookie must not come out by another way: as a name that the same operation sets and reads.
  const uses = usesOfVariables(document);
  const twice = places.some(({ variable }) => (uses.get(variable) ?? 0) > 1);
  return { places, answered, signOuts, refusal: aliased ? ALIASED : twice ? USED_TWICE : null };
}

function placesOf(schema: GraphQLSchema, field: FieldNode): CookiePlace[] {
  const definition = schema.getMutationType()?.getFields()[field.name.value];
  const result = getNamedType(definition?.type);
  const signsIn = isUnionType(result) && result.getTypes().some(({ name }) => name === SESSION);
  return (field.arguments ?? []).flatMap(({ name, value }) => {
    const byName = (given: string, from: ValueNode): CookiePlace[] => {
      const kept = GIVEN[given];
      if (!kept || from.kind !== Kind.VARIABLE) return [];
      const byCookieAlone = kept === 'flow' && signsIn;
      return [{ kept, variable: from.name.value, member: null, byCookieAlone }];
    };
    if (value.kind === Kind.OBJECT)
      return value.fields.flatMap((member) => byName(member.name.value, member.value));
    if (value.kind === Kind.VARIABLE && name.value === 'input')
      return Object.entries(GIVEN).map(([member, kept]) => ({
        kept,
        variable: value.name.value,
        member,
        byCookieAlone: kept === 'flow' && signsIn,
      }));
    return byName(name.value, value);
  });
}

// Every flow is one, whatever it is of: a step of signing in, or one before it.
const keptOf = (parent: string, name: string): Kept | undefined =>
  GIVEN[name] === 'flow' || parent === SESSION ? GIVEN[name] : undefined;

function answeredBy(schema: GraphQLSchema, document: DocumentNode) {
  const answered = new Map<string, Kept>();
  let aliased = false;
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      Field: ({ name, alias }) => {
        const parent = info.getParentType();
        const kept = isObjectType(parent) ? keptOf(parent.name, name.value) : undefined;
        if (kept) answered.set(name.value, kept);
        if (alias && alias.value !== name.value && (kept || GIVEN[alias.value])) aliased = true;
      },
    }),
  );
  return { answered, aliased };
}

function usesOfVariables(document: DocumentNode): Map<string, number> {
  const uses = new Map<string, number>();
  visit(document, {
    // Where it is declared is no use of it.
    VariableDefinition: () => false,
    Variable: ({ name }) => void uses.set(name.value, (uses.get(name.value) ?? 0) + 1),
  });
  return uses;
}
