import { Fault } from '@kept/subgraph-kit';
import { Kind, visit, type DocumentNode } from 'graphql';
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
  visit(document, {
    Name: ({ value }) => refusePrototypeKey(value),
    ListValue: ({ values }) => (values.length > LIMITS.listSize ? tooLong() : undefined),
    Argument: ({ name, value }) => {
      if (!PAGE_ARGUMENTS.has(name.value)) return;
      const size =
        value.kind === Kind.VARIABLE ? variables[value.name.value] : 'value' in value ? value.value : 0;
      if (Number(size) > LIMITS.listSize) {
        throw new Fault('LIMIT_EXCEEDED', `A page holds at most ${LIMITS.listSize} entries.`, {
          field: name.value,
        });
      }
    },
  });
}

function refusePrototypeKey(name: string): void {
  if (PROTOTYPE_KEYS.has(name)) throw new Fault('BAD_INPUT', 'This name cannot be used here.');
}

function tooLong(): never {
  throw new Fault('LIMIT_EXCEEDED', `A list may have at most ${LIMITS.listSize} items.`);
}
