import { isData, own, put, type Data } from './bare-object.ts';
import type { PathStep, Rewrite } from './plan.ts';
import type { IsOfType } from './type-conditions.ts';

/** Applies a planner's rewrites to a representation or to an answer, in place. */
export function rewriteData(value: unknown, rewrites: readonly Rewrite[], isOfType: IsOfType): void {
  for (const rewrite of rewrites) rewriteAt(value, { rewrite, at: 0, isOfType });
}

interface Position {
  readonly rewrite: Rewrite;
  readonly at: number;
  readonly isOfType: IsOfType;
}

function rewriteAt(value: unknown, position: Position): void {
  const { rewrite, at, isOfType } = position;
  if (Array.isArray(value)) {
    for (const item of value) rewriteAt(item, position);
    return;
  }
  if (!isData(value)) return;
  const step = rewrite.path[at];
  const next = { ...position, at: at + 1 };
  if (!step) change(value, rewrite);
  else if (step.kind === 'field') rewriteAt(own(value, step.name), next);
  else if (step.kind === 'items' || applies(step.names, value, isOfType)) rewriteAt(value, next);
}

// An object that does not say what it is has been asked for under this condition alone.
function applies(names: readonly string[], value: Data, isOfType: IsOfType): boolean {
  const typeName = own(value, '__typename');
  return typeName === undefined || typeName === null || names.some((name) => isOfType(typeName, name));
}

function change(data: Data, rewrite: Rewrite): void {
  if (rewrite.kind === 'set') return put(data, rewrite.key, rewrite.value);
  const value = own(data, rewrite.key);
  if (value === undefined || value === null) return;
  put(data, rewrite.to, value);
  delete data[rewrite.key];
}

/** A path within an answer in the words that the client used: the planner's aliases taken back. */
export function renamedPath(
  path: readonly (string | number)[],
  rewrites: readonly Rewrite[],
): (string | number)[] {
  const renamed = [...path];
  for (const rewrite of rewrites) {
    if (rewrite.kind !== 'rename') continue;
    const keys = rewrite.path.filter((step): step is PathStep & { kind: 'field' } => step.kind === 'field');
    const wanted = [...keys.map(({ name }) => name), rewrite.key];
    const at = placeOf(wanted, path);
    if (at !== undefined) renamed[at] = rewrite.to;
  }
  return renamed;
}

// Where the last of the wanted keys stands in a path that begins with them; indices of lists do not count.
function placeOf(wanted: readonly string[], path: readonly (string | number)[]): number | undefined {
  let next = 0;
  for (const [at, part] of path.entries()) {
    if (typeof part === 'number') continue;
    if (part !== wanted[next]) return undefined;
    next += 1;
    if (next === wanted.length) return at;
  }
  return undefined;
}
