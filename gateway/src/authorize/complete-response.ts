import { getNamedType, isListType, isNonNullType, isObjectType, type GraphQLOutputType } from 'graphql';
import { isIncluded, type Entry, type Variables } from './selection.ts';

/** A null that may not stand where it is and takes its parent with it. */
const BUBBLES = Symbol('null in a place that has none');

interface Completion {
  readonly variables: Variables;
  readonly placeholder: string;
}
type Data = Readonly<Record<string, unknown>>;

/**
 * Puts the denied fields back into what a pruned operation gave, as null and in the order that was asked for; takes the
 * private `__typename` out. A null that the schema does not allow goes up to the nearest place that has one.
 */
export function completeResponse(
  data: Data | null | undefined,
  entries: readonly Entry[],
  completion: Completion,
): Data | null {
  if (data === null || data === undefined) return null;
  const completed = completeObject(data, { entries, typeName: undefined }, completion);
  return completed === BUBBLES ? null : completed;
}

function completeObject(
  data: Data,
  { entries, typeName }: { entries: readonly Entry[]; typeName: string | undefined },
  completion: Completion,
): Data | typeof BUBBLES {
  const byKey = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.types && typeName !== undefined && !entry.types.has(typeName)) continue;
    if (!isIncluded(entry.when, completion.variables)) continue;
    const same = byKey.get(entry.key);
    if (same) same.push(entry);
    else byKey.set(entry.key, [entry]);
  }
  const completed: Record<string, unknown> = {};
  for (const [key, same] of byKey) {
    const value = completeField(data[key], same, completion);
    if (value === BUBBLES) return BUBBLES;
    completed[key] = value;
  }
  return completed;
}

function completeField(value: unknown, same: readonly Entry[], completion: Completion): unknown {
  const [first] = same;
  // An object's own field can be readable where the interface's is denied: what was fetched is shown.
  const live = same.filter((entry) => !entry.denied);
  const [shown] = live;
  if (!shown) return first && isNonNullType(first.type) ? BUBBLES : null;
  if (!live.some((entry) => entry.deniedBeneath)) return value;
  return completeValue(
    value,
    { type: shown.type, entries: live.flatMap((entry) => entry.children) },
    completion,
  );
}

function completeValue(
  value: unknown,
  { type, entries }: { type: GraphQLOutputType; entries: readonly Entry[] },
  completion: Completion,
): unknown {
  if (isNonNullType(type)) {
    const inner = completeValue(value, { type: type.ofType, entries }, completion);
    return inner === null ? BUBBLES : inner;
  }
  if (value === null || value === undefined) return null;
  if (isListType(type)) {
    const items = (value as unknown[]).map((item) =>
      completeValue(item, { type: type.ofType, entries }, completion),
    );
    return items.includes(BUBBLES) ? null : items;
  }
  const data = value as Data;
  const named = getNamedType(type);
  const typeName = isObjectType(named) ? named.name : String(data[completion.placeholder]);
  const completed = completeObject(data, { entries, typeName }, completion);
  return completed === BUBBLES ? null : completed;
}
