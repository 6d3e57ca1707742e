import type { DocumentNode, ExecutionResult } from 'graphql';
import { bareObject } from './bare-object.ts';
import { readOperation, trueVariables, type ReadOperation } from './collect-fields.ts';
import { compilePlan } from './compile-plan.ts';
import { compileShape, type Shape } from './compile-shape.ts';
import { openFailures, responseKeysOf, type FailureLog, type ResponseKeys } from './failures.ts';
import { openIntrospection } from './introspect.ts';
import type { Plan, Planner } from './plan.ts';
import type { Run, Step, Variables } from './run.ts';
import type { IsOfType } from './type-conditions.ts';

/** One operation, ready to be answered any number of times. */
export interface CompiledOperation {
  answer(request: { variables: Variables; ask: Run['ask']; log: FailureLog }): Promise<ExecutionResult>;
}

interface Variant {
  readonly step: Step | null;
  readonly shape: Shape;
}

// An operation with ten Boolean variables has a thousand variants; clients use a few.
const VARIANTS_MAX = 16;

/**
 * Plans an operation, and compiles the plan and the answer's shape for each combination of its Boolean variables that is
 * asked for. Everything that is the same in every request is done here, once.
 */
export function compileOperation(
  document: DocumentNode,
  { planner, isOfType }: { planner: Planner; isOfType: IsOfType },
): CompiledOperation {
  const read = readOperation(document);
  const plan = planner.plan(document);
  const variants = new Map<string, Variant>();
  const introspection = openIntrospection(read, planner.apiSchema);
  let responseKeys: ResponseKeys | undefined;
  const keysOfResponse = () => (responseKeys ??= responseKeysOf(document));
  const variantFor = (variables: Variables): Variant => {
    const isTrue = trueVariables(read.conditions, variables);
    const name = [...isTrue].join();
    const known = variants.get(name);
    if (known) return known;
    const variant = compileVariant({ read, plan, isTrue }, planner, isOfType);
    const oldest = variants.size >= VARIANTS_MAX ? variants.keys().next().value : undefined;
    if (oldest !== undefined) variants.delete(oldest);
    variants.set(name, variant);
    return variant;
  };
  return {
    async answer({ variables, ask, log }) {
      const { step, shape } = variantFor(variables);
      const failures = openFailures(keysOfResponse, log);
      const run: Run = { data: bareObject(), variables, failures, ask };
      await step?.(run);
      const data = shape(run.data, {
        path: [],
        failures,
        introspect: (fields) => introspection(fields, variables),
      });
      return failures.errors.length > 0 ? { errors: failures.errors, data } : { data };
    },
  };
}

function compileVariant(
  { read, plan, isTrue }: { read: ReadOperation; plan: Plan; isTrue: ReadonlySet<string> },
  { apiSchema }: Planner,
  isOfType: IsOfType,
): Variant {
  return {
    step: compilePlan(plan, { isOfType, isTrue: (variable) => isTrue.has(variable) }),
    shape: compileShape({ read, isTrue, schema: apiSchema, isOfType }),
  };
}
