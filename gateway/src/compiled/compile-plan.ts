import { compileEntityFetch } from './compile-entity-fetch.ts';
import { compileRootFetch } from './compile-root-fetch.ts';
import type { Plan, PlannedFetch, PlanNode } from './plan.ts';
import type { Step } from './run.ts';
import type { IsOfType } from './type-conditions.ts';

interface Compiling {
  readonly isOfType: IsOfType;
  /** The Boolean variables that are true in this variant of the operation. */
  readonly isTrue: (variable: string) => boolean;
}

/** Compiles a plan for one combination of its Boolean variables. Null when nobody has to be asked. */
export function compilePlan(plan: Plan, compiling: Compiling): Step | null {
  if (!plan) return null;
  switch (plan.kind) {
    case 'condition':
      return compilePlan(compiling.isTrue(plan.variable) ? plan.then : plan.otherwise, compiling);
    case 'fetch':
      return plan.fetch.requires
        ? compileEntityFetch([plan.fetch], compiling.isOfType)
        : compileRootFetch(plan.fetch, compiling.isOfType);
    case 'sequence':
      return inSequence(plan.nodes.flatMap((node) => compilePlan(node, compiling) ?? []));
    case 'parallel':
      return inParallel(compileParallel(plan.nodes, compiling));
  }
}

// Entity fetches that stand side by side and go to one subgraph go there together.
function compileParallel(nodes: readonly PlanNode[], compiling: Compiling): Step[] {
  const bySubgraph = new Map<string, PlannedFetch[]>();
  const steps: Step[] = [];
  for (const node of nodes) {
    if (node.kind === 'fetch' && node.fetch.requires) {
      const { fetch } = node;
      bySubgraph.set(fetch.service, [...(bySubgraph.get(fetch.service) ?? []), fetch]);
    } else {
      const step = compilePlan(node, compiling);
      if (step) steps.push(step);
    }
  }
  for (const fetches of bySubgraph.values()) steps.push(compileEntityFetch(fetches, compiling.isOfType));
  return steps;
}

function inSequence(steps: readonly Step[]): Step | null {
  const [first] = steps;
  if (!first || steps.length === 1) return first ?? null;
  return async (run) => {
    for (const step of steps) await step(run);
  };
}

function inParallel(steps: readonly Step[]): Step | null {
  const [first] = steps;
  if (!first || steps.length === 1) return first ?? null;
  return (run) => {
    const waiting = steps.flatMap((step) => step(run) ?? []);
    return waiting.length > 0 ? Promise.all(waiting).then(() => undefined) : undefined;
  };
}
