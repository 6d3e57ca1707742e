import { Fault } from '@kept/subgraph-kit';
import { Kind, visit, type DocumentNode, type ValueNode } from 'graphql';
import { LIMITS } from './check-limits.ts';

const VALUE_DEPTH_MAX = 12;
// Keys through which JSON reaches into an object's prototype (CVE-2026-32621 and its class).
const PROTOTYPE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const PAGE_ARGUMENTS = new Set(['first', 'last']);

/** Throws a `Fault` when the JSON of a request has keys, depths or lists that no client of ours needs. */
export function checkJson(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > VALUE_DEPTH_MAX)
    throw new Fault('LIMIT_EXCEEDED', `Values may be nested at most ${VALUE_DEPTH_MAX} deep.`);
  if (Array.isArray(value)) {
    if (value.length > LIMITS.listSize) tooLong();
    for (const item of value) checkJson(item, depth + 1);
    return;
  }
  for (const key of Object.keys(value)) {
    refusePrototypeKey(key);
    checkJson((value as Record<string, unknown>)[key], depth + 1);
  }
}

/** The same for what stands in the document itself, and for the sizes of the pages it asks for. */
export function checkDocumentValues(
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): void {
  const defined = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
  );
  // A variable that was not sent stands on its default, whichever operation of the document that is of.
  const sizesOf = (name: string): unknown[] =>
    variables[name] === undefined
      ? defined.map(({ variable, defaultValue }) => variable.name.value === name && literal(defaultValue))
      : [variables[name]];
  visit(document, {
    Name: ({ value }) => refusePrototypeKey(value),
    ListValue: ({ values }) => (values.length > LIMITS.listSize ? tooLong() : undefined),
    Argument: ({ name, value }) => {
      if (!PAGE_ARGUMENTS.has(name.value)) return;
      const sizes = value.kind === Kind.VARIABLE ? sizesOf(value.name.value) : [literal(value)];
      if (sizes.some((size) => Number(size) > LIMITS.listSize)) {
        throw new Fault('LIMIT_EXCEEDED', `A page holds at most ${LIMITS.listSize} entries.`, {
          field: name.value,
        });
      }
    },
  });
}

const literal = (value: ValueNode | undefined) => (value && 'value' in value ? value.value : 0);

function refusePrototypeKey(name: string): void {
  if (PROTOTYPE_KEYS.has(name)) throw new Fault('BAD_INPUT', 'This name cannot be used here.');
}

function tooLong(): never {
  throw new Fault('LIMIT_EXCEEDED', `A list may have at most ${LIMITS.listSize} items.`);
}
