import type { ExecutionResult } from 'graphql';
import type { AnswerPlan, Branch, LeafGroup, ObjectPlan } from './answer-plan.ts';

/** What an answer held of people: which fields of whom, and in how many objects. Numbers and ids, never a value. */
export interface Seen {
  /** Coordinates of every personal field that was answered with something. */
  readonly answered: readonly number[];
  /** By person. Lists that are equal are one and the same list. */
  readonly people: ReadonlyMap<string, readonly number[]>;
  /** Objects with such fields, whosever they are. */
  readonly rows: number;
}

export type Variables = Readonly<Record<string, unknown>>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Nobody in particular. */
const NOBODY = '';
// A page has at most 100 rows, and an operation a bounded cost; more people than this are counted as rows alone.
const PEOPLE_MAX = 2_000;

/** Reads an answer along the plan of its operation. `asker`: whose rows they are where nothing else says so, of a client. */
export function readAnswer(
  data: ExecutionResult['data'],
  plan: AnswerPlan,
  { variables, asker }: { variables: Variables; asker: string | null },
): Seen {
  const reading = new Reading(plan, variables);
  if (data) reading.object(data, plan.root, asker ?? NOBODY);
  return reading.seen();
}

type Data = Readonly<Record<string, unknown>>;

/** One walk. What is found is noted as bits, by group and person, and named once at the end: an answer repeats itself. */
class Reading {
  readonly #plan: AnswerPlan;
  readonly #variables: Variables;
  readonly #masks: readonly Map<string, number>[];
  #rows = 0;

  constructor(plan: AnswerPlan, variables: Variables) {
    this.#plan = plan;
    this.#variables = variables;
    this.#masks = plan.groups.map(() => new Map<string, number>());
  }

  object(data: Data, plan: ObjectPlan, above: string): void {
    const typeName = plan.typenameKey === null ? undefined : data[plan.typenameKey];
    const person = idIn(data, plan.idKeys) ?? ownerIn(data, plan) ?? above;
    let personal = false;
    for (const group of plan.groups) {
      const mask = maskOf(data, group, typeName);
      if (mask === 0) continue;
      personal = true;
      const masks = this.#masks[group.slot];
      masks?.set(person, (masks.get(person) ?? 0) | mask);
    }
    if (personal) this.#rows += 1;
    for (const branch of plan.branches) {
      const value = data[branch.key];
      if (value === null || value === undefined || isOther(branch.types, typeName)) continue;
      this.#child(value, branch.child, this.#askedFor(branch) ?? person);
    }
  }

  seen(): Seen {
    const lists = new Map<string, readonly number[]>();
    const people = new Map<string, readonly number[]>();
    const everything = this.#masks.map((masks) => [...masks.values()].reduce((all, mask) => all | mask, 0));
    for (const id of new Set(this.#masks.flatMap((masks) => [...masks.keys()]))) {
      const person = id.toLowerCase();
      if (people.size >= PEOPLE_MAX || !UUID.test(person)) continue;
      const masks = this.#masks.map((known) => known.get(id) ?? 0);
      const key = masks.join();
      const list = lists.get(key) ?? this.#coordinatesOf(masks);
      lists.set(key, list);
      people.set(person, list);
    }
    return { answered: this.#coordinatesOf(everything), people, rows: this.#rows };
  }

  #coordinatesOf(masks: readonly number[]): number[] {
    const found = this.#plan.groups.flatMap(({ slot, leaves }) =>
      leaves.filter(({ bit }) => ((masks[slot] ?? 0) & bit) !== 0).map(({ coordinate }) => coordinate),
    );
    return [...new Set(found)].toSorted((one, other) => one - other);
  }

  #child(value: unknown, plan: ObjectPlan, person: string): void {
    if (Array.isArray(value)) for (const item of value) this.#child(item, plan, person);
    else if (typeof value === 'object' && value !== null) this.object(value as Data, plan, person);
  }

  #askedFor({ personId }: Branch): string | undefined {
    if (personId === null) return undefined;
    const sent = 'value' in personId ? personId.value : this.#variables[personId.variable];
    // However it is written, it is one person: answers have their ids in small letters.
    return idOf(sent === undefined && 'or' in personId ? personId.or : sent)?.toLowerCase();
  }
}

function maskOf(data: Data, { leaves }: LeafGroup, typeName: unknown): number {
  let mask = 0;
  for (const { key, bit, types } of leaves) {
    const value = data[key];
    if (value === null || value === undefined || isOther(types, typeName)) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    mask |= bit;
  }
  return mask;
}

/** Where the answer says what type an object is, the fields of another are not its own. */
const isOther = (types: ReadonlySet<string> | null, typeName: unknown): boolean =>
  types !== null && typeof typeName === 'string' && !types.has(typeName);

// Whether it really is an id is looked at once for each person, at the end.
const idOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

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
export function coordinatesAt({ root }: AnswerPlan, path: readonly (string | number)[]): number[] {
  let objects = [root];
  const keys = path.filter((part): part is string => typeof part === 'string' && part !== '@');
  for (const key of keys.slice(0, -1))
    objects = objects.flatMap(({ branches }) =>
      branches.filter((branch) => branch.key === key).map(({ child }) => child),
    );
  const last = keys.at(-1);
  const leaves = objects.flatMap(({ groups }) => groups.flatMap((group) => group.leaves));
  return [...new Set(leaves.filter(({ key }) => key === last).map(({ coordinate }) => coordinate))];
}
