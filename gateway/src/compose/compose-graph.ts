import { composeServices } from '@apollo/composition';
import { checkAccessRules } from '@kept/access-policy';
import type { DocumentNode } from 'graphql';
import { differencesOfAccess } from './differences-of-access.ts';
import { shadowOf, SHADOWS } from './shadow.ts';

/** A service's name and schema. */
export interface Subgraph {
  readonly name: string;
  readonly typeDefs: DocumentNode;
}

/** The services do not make one graph that may ship: every reason, one per line. */
export class CompositionRefused extends Error {
  override readonly name = 'CompositionRefused';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The services do not make one graph:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Composes services into a supergraph, and refuses what composition alone would let pass. */
export function composeGraph(subgraphs: readonly Subgraph[]): string {
  refuseAny(
    subgraphs.flatMap(({ name, typeDefs }) =>
      checkAccessRules(typeDefs).map((problem) => `[${name}] ${problem}`),
    ),
  );
  refuseAny(differencesOfAccess(subgraphs));
  const { supergraphSdl, hints } = compose(subgraphs);
  // Composition would keep one of two audiences and say so in a hint only: MANAGER became PUBLIC (measured).
  refuseAny(
    hints
      .filter(
        ({ code, message }) =>
          code === 'INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS' && message.includes('@access'),
      )
      .map(({ message }) => message),
  );
  // `@requires` must not hand a field to people who may not read it, or for another purpose (GHSA-m8jr-fxqx-8xx6).
  for (const shadow of SHADOWS) {
    compose(subgraphs.map(({ name, typeDefs }) => ({ name, typeDefs: shadowOf(typeDefs, shadow) })));
  }
  return supergraphSdl;
}

function compose(subgraphs: readonly Subgraph[]) {
  // Addresses are the gateway's configuration, not the schema's; these are never called.
  const result = composeServices(
    subgraphs.map(({ name, typeDefs }) => ({ name, typeDefs, url: `http://${name}.invalid/graphql` })),
  );
  refuseAny(result.errors?.map(({ message }) => message) ?? []);
  if (result.supergraphSdl === undefined) throw new CompositionRefused(['Composition gave no supergraph.']);
  const hints = result.hints.map((hint) => ({ code: hint.definition.code, message: hint.message }));
  return { supergraphSdl: `${result.supergraphSdl.trim()}\n`, hints };
}

function refuseAny(problems: readonly string[]): void {
  if (problems.length > 0) throw new CompositionRefused(problems);
}
