import { isAbstractType, isInterfaceType, type GraphQLSchema } from 'graphql';

/** Whether an object that calls itself `typeName` is one of `condition`: the type itself, or an abstract type above it. */
export type IsOfType = (typeName: unknown, condition: string) => boolean;

/** Answers from sets made once: every possible type and every implementing interface of each abstract type. */
export function openTypeConditions(schema: GraphQLSchema): IsOfType {
  const beneath = new Map<string, Set<string>>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isAbstractType(type)) continue;
    const names = new Set(schema.getPossibleTypes(type).map(({ name }) => name));
    if (isInterfaceType(type)) {
      for (const { name } of schema.getImplementations(type).interfaces) names.add(name);
    }
    beneath.set(type.name, names);
  }
  return (typeName, condition) =>
    typeName === condition ||
    (typeof typeName === 'string' && beneath.get(condition)?.has(typeName) === true);
}
