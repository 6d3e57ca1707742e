import { Fault } from '@kept/subgraph-kit';
import { Kind, visit, type DocumentNode, type ValueNode } from 'graphql';
import { LIMITS } from './check-limits.ts';

const VALUE_DEPTH_MAX = 12;
// Keys through which JSON reaches into an object's prototype (CVE-2026-32621 and its class).
const PROTOTYPE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
const PAGE_ARGUMENTS = new Set(['first', 'last']);

/** Throws a `Fault` when the JSON of a request has keys, depths or lists that no client of ours needs. */
export function checkJson(value: unknown, depth = 0): void {
  if (typeof value === 'string') return checkText(value);
  // `1e999` is JSON; what comes out of it would be sent on as null, which means something else.
  if (value === Infinity || value === -Infinity) {
    throw new Fault('BAD_INPUT', 'A number is too large to be one.');
  }
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
    checkText(key);
    checkJson((value as Record<string, unknown>)[key], depth + 1);
  }
}

// Half of a surrogate pair is no Unicode, and PostgreSQL stores neither that nor NUL: both would break further inside.
const NO_TEXT = /[\0\p{Surrogate}]/u;

/** Throws a `Fault` when a text holds what cannot be stored as text: NUL, or half of a surrogate pair. */
export function checkText(text: string): void {
  if (NO_TEXT.test(text)) throw new Fault('BAD_INPUT', 'A text holds a character that is none.');
}

/** Sizes of pages that stand in variables: the argument, the variable, and what it stands on when it is not sent. */
export type PageSizes = readonly {
  readonly argument: string;
  readonly variable: string;
  readonly or: unknown;
}[];

/** The same for what stands in the document itself. Gives the sizes of pages that only a request's variables tell. */
export function checkDocumentValues(document: DocumentNode): PageSizes {
  const defined = document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
  );
  const sizes: { argument: string; variable: string; or: unknown }[] = [];
  visit(document, {
    Name: ({ value }) => refusePrototypeKey(value),
    StringValue: ({ value }) => checkText(value),
    ListValue: ({ values }) => (values.length > LIMITS.listSize ? tooLong() : undefined),
    Argument: ({ name: { value: argument }, value }) => {
      if (!PAGE_ARGUMENTS.has(argument)) return;
      if (value.kind !== Kind.VARIABLE) return checkPage(argument, literal(value));
      const variable = value.name.value;
      // A variable that was not sent stands on its default, whichever operation of the document that is of.
      const defaults = defined.filter((definition) => definition.variable.name.value === variable);
      for (const { defaultValue } of defaults) sizes.push({ argument, variable, or: literal(defaultValue) });
    },
  });
  return sizes;
}

/** Throws a `Fault` when a page that a variable sizes is larger than any page. */
export function checkPageSizes(sizes: PageSizes, variables: Readonly<Record<string, unknown>>): void {
  for (const { argument, variable, or } of sizes) checkPage(argument, variables[variable] ?? or);
}

function checkPage(argument: string, size: unknown): void {
  if (Number(size) > LIMITS.listSize) {
    throw new Fault('LIMIT_EXCEEDED', `A page holds at most ${LIMITS.listSize} entries.`, {
      field: argument,
    });
  }
}

const literal = (value: ValueNode | undefined) => (value && 'value' in value ? value.value : 0);

function refusePrototypeKey(name: string): void {
  if (PROTOTYPE_KEYS.has(name)) throw new Fault('BAD_INPUT', 'This name cannot be used here.');
}

function tooLong(): never {
  throw new Fault('LIMIT_EXCEEDED', `A list may have at most ${LIMITS.listSize} items.`);
}
