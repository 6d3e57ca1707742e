import {
  coerceInputValue,
  GraphQLError,
  isInputType,
  isNonNullType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type VariableDefinitionNode,
} from 'graphql';
import type { Execute } from './executor.ts';

const ERRORS_MAX = 5;

/**
 * Refuses variables that do not fit the types that the operation gives them, before anything is planned. Stands behind
 * the authorization: whoever may not do it at all hears that first.
 */
export function checkVariables(execute: Execute, schema: GraphQLSchema): Execute {
  return (request) => {
    const definitions = request.prepared.operation.variableDefinitions ?? [];
    if (definitions.length === 0) return execute(request);
    const errors = definitions.flatMap((definition) =>
      errorsOf(definition, { variables: request.variables, schema }),
    );
    return errors.length > 0 ? Promise.resolve({ errors: errors.slice(0, ERRORS_MAX) }) : execute(request);
  };
}

// graphql-js coerces and finds the place; its sentences repeat the value, so the words are ours.
function errorsOf(
  { variable, type: node, defaultValue }: VariableDefinitionNode,
  { variables, schema }: { variables: Readonly<Record<string, unknown>>; schema: GraphQLSchema },
): GraphQLError[] {
  const name = variable.name.value;
  // The node is a named or wrapped type; the document has been validated.
  const type = typeFromAST(schema, node as never) as GraphQLInputType | undefined;
  if (!type || !isInputType(type)) return [unusable(name)];
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value === undefined && (defaultValue !== undefined || !isNonNullType(type))) return [];
  if ((value === undefined || value === null) && isNonNullType(type)) return [missing(name)];
  const errors: GraphQLError[] = [];
  coerceInputValue(value, type, (path, _value, error) => {
    if (errors.length < ERRORS_MAX) errors.push(inOurWords([name, ...path], error.message));
  });
  return errors;
}

function inOurWords([name, ...path]: readonly (string | number)[], message: string): GraphQLError {
  const place = path.reduce<string>(
    (above, part) => (typeof part === 'number' ? `${above}[${part}]` : `${above}.${part}`),
    String(name),
  );
  const required = /^Field "(\w+)" of required type/.exec(message)?.[1];
  if (required) return missing(`${place}.${required}`);
  const unknown = /^Field "(\w{1,100})" is not defined/.exec(message)?.[1];
  if (unknown) return badInput(`"${place}.${unknown}" is not known here.`, `${place}.${unknown}`);
  return message.startsWith('Expected non-nullable type') ? missing(place) : unusable(place);
}

const missing = (place: string) => badInput(`"${place}" is missing.`, place);
const unusable = (place: string) => badInput(`"${place}" has a value that cannot be used.`, place);
const badInput = (sentence: string, field: string) =>
  new GraphQLError(sentence, { extensions: { code: 'BAD_INPUT', field } });
