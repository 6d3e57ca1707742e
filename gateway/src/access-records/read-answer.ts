import type { ExecutionResult } from 'graphql';
import type { FieldPlan, ObjectPlan } from './answer-plan.ts';

/** What an answer held of people: which fields of whom, and how many objects. Numbers and ids, never a value. */
export interface Seen {
  readonly answered: ReadonlySet<number>;
  /** By person; under the empty text, what the answer does not say whose it is. */
  readonly people: ReadonlyMap<string, ReadonlySet<number>>;
  readonly rows: number;
}

export type Variables = Readonly<Record<string, unknown>>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Nobody in particular. */
export const NOBODY = '';
// A page has at most 100 rows, and an operation a bounded cost; more people than this are counted as rows alone.
const PEOPLE_MAX = 2_000;

/** Reads an answer along the plan of its operation. `asker`: whose rows they are where nothing else says so, of a client. */
export function readAnswer(
  data: ExecutionResult['data'],
  plan: ObjectPlan,
  { variables, asker }: { variables: Variables; asker: string | null },
): Seen {
  const reading = new Reading(variables);
  if (data) reading.object(data, plan, asker ?? NOBODY);
  return reading;
}

type Data = Readonly<Record<string, unknown>>;

class Reading implements Seen {
  readonly answered = new Set<number>();
  readonly people = new Map<string, Set<number>>();
  rows = 0;
  readonly #variables: Variables;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  object(data: Data, plan: ObjectPlan, above: string): void {
    const typeName = plan.typenameKey === null ? undefined : data[plan.typenameKey];
    const person = idIn(data, plan.idKeys) ?? ownerIn(data, plan) ?? above;
    let personal = false;
    for (const field of plan.fields) {
      const value = data[field.key];
      if (value === null || value === undefined) continue;
      if (field.types && typeof typeName === 'string' && !field.types.has(typeName)) continue;
      if (field.coordinate !== null) {
        if (Array.isArray(value) && value.length === 0) continue;
        personal = true;
        this.#add(person, field.coordinate);
      }
      if (field.child) this.#child(value, field.child, this.#askedFor(field) ?? person);
    }
    if (personal) this.rows += 1;
  }

  #child(value: unknown, plan: ObjectPlan, person: string): void {
    if (Array.isArray(value)) for (const item of value) this.#child(item, plan, person);
    else if (typeof value === 'object' && value !== null) this.object(value as Data, plan, person);
  }

  #askedFor({ personId }: FieldPlan): string | undefined {
    if (personId === null) return undefined;
    return idOf('value' in personId ? personId.value : this.#variables[personId.variable]);
  }

  #add(person: string, coordinate: number): void {
    this.answered.add(coordinate);
    const known = this.people.get(person);
    if (known) known.add(coordinate);
    else if (this.people.size < PEOPLE_MAX) this.people.set(person, new Set([coordinate]));
  }
}

const idOf = (value: unknown): string | undefined =>
  typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : undefined;

function idIn(data: Data, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const id = idOf(data[key]);
    if (id !== undefined) return id;
  }
  return undefined;
}

function ownerIn(data: Data, { ownerKeys }: ObjectPlan): string | undefined {
  for (const { key, idKeys } of ownerKeys) {
    const owner = data[key];
    if (typeof owner === 'object' && owner !== null && !Array.isArray(owner)) {
      const id = idIn(owner as Data, idKeys);
      if (id !== undefined) return id;
    }
  }
  return undefined;
}

/** The personal coordinates at a place of the answer, as an error's path names it. */
export function coordinatesAt(plan: ObjectPlan, path: readonly (string | number)[]): number[] {
  let objects = [plan];
  const keys = path.filter((part): part is string => typeof part === 'string' && part !== '@');
  for (const [depth, key] of keys.entries()) {
    const fields = objects.flatMap((object) => object.fields.filter((field) => field.key === key));
    if (depth === keys.length - 1) return [...new Set(fields.flatMap(({ coordinate }) => coordinate ?? []))];
    objects = fields.flatMap(({ child }) => child ?? []);
  }
  return [];
}
