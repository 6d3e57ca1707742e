import { isData, own, type Data } from './bare-object.ts';
import type { PathStep } from './plan.ts';
import type { IsOfType } from './type-conditions.ts';

/** The response keys of a path, without the indices of its lists. */
export const fieldsOf = (steps: readonly PathStep[]): string[] =>
  steps.flatMap((step) => (step.kind === 'field' ? [step.name] : []));

interface Walk {
  readonly steps: readonly PathStep[];
  readonly isOfType: IsOfType;
  readonly visit: (found: Data, path: readonly (string | number)[] | undefined) => void;
}

/** Every object at a path, in order. Where the data is not as the path expects, there is none. */
export function objectsAt(data: Data, steps: readonly PathStep[], isOfType: IsOfType): Data[] {
  const found: Data[] = [];
  walk(data, { steps, isOfType, visit: (object) => void found.push(object) }, { at: 0, path: undefined });
  return found;
}

/** Where each of these objects stands in the response, with the indices of lists. Only errors need it. */
export function placesAt(
  data: Data,
  steps: readonly PathStep[],
  isOfType: IsOfType,
): Map<Data, readonly (string | number)[]> {
  const places = new Map<Data, readonly (string | number)[]>();
  const visit: Walk['visit'] = (object, path = []) => void places.set(object, path);
  walk(data, { steps, isOfType, visit }, { at: 0, path: [] });
  return places;
}

function walk(
  value: unknown,
  walking: Walk,
  { at, path }: { at: number; path: readonly (string | number)[] | undefined },
): void {
  if (Array.isArray(value)) {
    // A list without a step of its own is gone through as well: planners differ in lists of lists.
    const next = walking.steps[at]?.kind === 'items' ? at + 1 : at;
    for (const [index, item] of value.entries()) {
      walk(item, walking, { at: next, path: path && [...path, index] });
    }
    return;
  }
  if (!isData(value)) return;
  const step = walking.steps[at];
  if (!step) return walking.visit(value, path);
  if (step.kind === 'field') {
    walk(own(value, step.name), walking, { at: at + 1, path: path && [...path, step.name] });
  } else if (
    step.kind === 'types' &&
    step.names.some((name) => walking.isOfType(own(value, '__typename'), name))
  ) {
    walk(value, walking, { at: at + 1, path });
  }
}
