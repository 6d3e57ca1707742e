import { own } from './bare-object.ts';
import type { Variables } from './run.ts';

/**
 * Writes all of a sub-request's body that does not change between requests, once. What remains per request are the values
 * of its variables; `extra` are further ones, as JSON text already (`"representations":[…]`).
 */
export function compileBody(request: {
  text: string;
  operationName: string | undefined;
  variables: readonly string[];
}): (values: Variables, extra?: readonly string[]) => string {
  const name =
    request.operationName === undefined ? '' : `"operationName":${JSON.stringify(request.operationName)},`;
  const head = `{${name}"query":${JSON.stringify(request.text)},"variables":{`;
  const variables = request.variables.map((variable) => ({
    variable,
    label: `${JSON.stringify(variable)}:`,
  }));
  return (values, extra = []) => {
    const parts = [...extra];
    for (const { variable, label } of variables) {
      const value = own(values, variable);
      // One that was not given stays away: the subgraph fills in the operation's default.
      if (value !== undefined) parts.push(label + JSON.stringify(value));
    }
    return `${head}${parts.join(',')}}}`;
  };
}
