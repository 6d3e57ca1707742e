import { bareObject, isData, own, put, type Data } from './bare-object.ts';
import { mergeData } from './merge-data.ts';
import type { PlannedFetch, RequiredSelection } from './plan.ts';
import { rewriteData } from './rewrite-data.ts';
import type { IsOfType } from './type-conditions.ts';

/** What `_entities` is asked about: each representation once, and the objects that it stands for. */
export interface Representations {
  readonly texts: readonly string[];
  readonly targets: readonly (readonly Data[])[];
}

/**
 * Makes the representations of some objects. Two objects whose representations are the same JSON are asked about once:
 * a page of twenty visits to three providers asks about three. An object that lacks what is required is left out.
 */
export function represent(
  objects: readonly Data[],
  fetch: Pick<PlannedFetch, 'requires' | 'inputRewrites'>,
  isOfType: IsOfType,
): Representations {
  const places = new Map<string, Data[]>();
  for (const object of objects) {
    const representation = select(object, fetch.requires ?? [], isOfType);
    if (!isData(representation) || !representation['__typename']) continue;
    rewriteData(representation, fetch.inputRewrites, isOfType);
    const text = JSON.stringify(representation);
    const same = places.get(text);
    if (same) same.push(object);
    else places.set(text, [object]);
  }
  return { texts: [...places.keys()], targets: [...places.values()] };
}

// Null where something is null; undefined where something is missing, which a fragment then leaves out as a whole.
function select(value: unknown, selections: readonly RequiredSelection[], isOfType: IsOfType): unknown {
  if (Array.isArray(value)) return value.map((item) => select(item, selections, isOfType) ?? null);
  if (!isData(value)) return null;
  const selected = bareObject();
  for (const selection of selections) {
    if (selection.kind === 'field') {
      const field = own(value, selection.key);
      if (field === undefined) return undefined;
      const inner = selection.selections ? select(field, selection.selections, isOfType) : field;
      put(selected, selection.key, inner ?? null);
    } else if (selection.type === null || isOfType(own(value, '__typename'), selection.type)) {
      const inner = select(value, selection.selections, isOfType);
      if (isData(inner)) mergeData(selected, inner);
    }
  }
  return selected;
}
