import { findBreakingChanges, findDangerousChanges, type GraphQLSchema } from 'graphql';
import { coordinatesOf, type Coordinate } from './coordinates.ts';

/** What a client developer has to know between one graph and the next. */
export interface GraphChanges {
  readonly breaking: readonly string[];
  /** Breaks nobody's documents, and may surprise an app: a new member of a union, a new value of an enum. */
  readonly dangerous: readonly string[];
  readonly added: readonly string[];
  readonly deprecated: readonly Deprecation[];
}

/** Something that will go. */
export interface Deprecation {
  readonly coordinate: string;
  readonly reason: string;
  /** The first day on which it may be gone, as `2027-05-31`. */
  readonly until: string | null;
}

/** A break that could not wait, and why. Stands in the changelog. */
export interface AcceptedBreak {
  readonly change: string;
  readonly reason: string;
}

/** Compares two graphs as clients see them. */
export function changesBetween(before: GraphQLSchema, after: GraphQLSchema): GraphChanges {
  const known = new Set(coordinatesOf(before).map(({ name }) => name));
  const fresh = coordinatesOf(after).filter(({ name }) => !known.has(name));
  const newTypes = new Set(fresh.filter(({ name, typeName }) => name === typeName).map(({ name }) => name));
  const newFields = new Set(fresh.map(({ name }) => name));
  const added = fresh
    // What comes with a new type or field needs no line of its own.
    .filter(({ name, typeName }) => name === typeName || !newTypes.has(typeName))
    .filter(({ name }) => !name.includes('(') || !newFields.has(name.replace(/\(.*/, '')))
    .map(({ name }) => name);
  const deprecatedBefore = new Set(deprecationsOf(before).map(({ coordinate }) => coordinate));
  return {
    breaking: breaksOf(before, after).toSorted(),
    dangerous: findDangerousChanges(before, after)
      .map(({ description }) => description)
      .toSorted(),
    added: added.toSorted(),
    deprecated: deprecationsOf(after).filter(({ coordinate }) => !deprecatedBefore.has(coordinate)),
  };
}

// `Int` belongs to every graph, whether anything uses it or not: that nothing does any more breaks nobody.
const breaksOf = (before: GraphQLSchema, after: GraphQLSchema) =>
  findBreakingChanges(before, after)
    .map(({ description }) => description)
    .filter((description) => !description.startsWith('Standard scalar '));

/** Everything that is deprecated in a graph, soonest first. */
export function deprecationsOf(schema: GraphQLSchema): Deprecation[] {
  return coordinatesOf(schema)
    .flatMap(({ name, deprecation }) =>
      deprecation === null ? [] : [{ coordinate: name, reason: deprecation, until: untilOf(deprecation) }],
    )
    .toSorted((one, other) => ((one.until ?? '') < (other.until ?? '') ? -1 : 1));
}

function untilOf(reason: string): string | null {
  const day = /\buntil (\d{4}-\d{2}-\d{2})\b/.exec(reason)?.[1];
  if (day === undefined) return null;
  const date = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day ? null : day;
}

/**
 * Why a graph may not be released after another, one sentence each: a deprecation without a day, or something that
 * breaks clients before its day has come. What nobody may ask any more because its day has come may go.
 */
export function problemsOf(release: {
  readonly before: GraphQLSchema | null;
  readonly after: GraphQLSchema;
  readonly accepted: readonly AcceptedBreak[];
  /** Today, as `2026-11-22`. */
  readonly today: string;
}): string[] {
  const { before, after, accepted, today } = release;
  const undated = deprecationsOf(after)
    .filter(({ until }) => until === null)
    .map(
      ({ coordinate }) => `${coordinate} is deprecated without a day: write (reason: "… until 2027-05-31").`,
    );
  if (before === null) return undated;
  const over = removable(before, today);
  const breaking = breaksOf(before, after);
  const unasked = breaking
    .filter((change) => !over.has(change) && !accepted.some((each) => each.change === change))
    .map(
      (change) =>
        `${change} It breaks clients: deprecate it with a day first, and change it after that day (or say in docs/graph/accepted-breaks.json why it cannot wait).`,
    );
  const stale = accepted
    .filter(({ change }) => !breaking.includes(change))
    .map(({ change }) => `docs/graph/accepted-breaks.json accepts what does not happen: ${change}`);
  return [...undated, ...unasked, ...stale];
}

// A type may go when everything that led to it may: to take away the last field is to take away the type.
function removable(before: GraphQLSchema, today: string): Set<string> {
  const coordinates = coordinatesOf(before);
  const isOver = ({ deprecation }: Coordinate) => {
    const until = deprecation === null ? null : untilOf(deprecation);
    return until !== null && until <= today;
  };
  const over = new Set(coordinates.filter(isOver).map(({ name }) => name));
  const gone = new Set<string>();
  const types = coordinates.filter(({ name, typeName }) => name === typeName);
  for (let changed = true; changed;) {
    changed = false;
    for (const { name } of types) {
      const leading = coordinates.filter(({ refersTo }) => refersTo === name);
      if (gone.has(name) || leading.length === 0) continue;
      if (!leading.every((each) => over.has(each.name) || gone.has(each.typeName) || each.typeName === name))
        continue;
      gone.add(name);
      changed = true;
    }
  }
  const mayGo = (each: Coordinate) =>
    over.has(each.name) || gone.has(each.typeName) || (each.refersTo !== null && gone.has(each.refersTo));
  return new Set(coordinates.filter(mayGo).map(({ whenRemoved }) => whenRemoved));
}
