import type { SubgraphAnswer, SubgraphError } from '../fetch/read-answer.ts';
import { isData, own, put, type Data } from './bare-object.ts';
import type { ResponsePath } from './failures.ts';
import { copyOf, mergeData } from './merge-data.ts';
import type { EntityPart } from './merge-requests.ts';
import type { PlannedFetch } from './plan.ts';
import type { Representations } from './represent.ts';
import { renamedPath, rewriteData } from './rewrite-data.ts';
import type { Run } from './run.ts';
import type { IsOfType } from './type-conditions.ts';
import { fieldsOf, placesAt } from './walk-path.ts';

/** What one sub-request asked: its parts, and the representations of each. */
export interface Asked {
  readonly parts: readonly EntityPart[];
  readonly entities: readonly Representations[];
  readonly isOfType: IsOfType;
}

/** Puts an answer about entities where they stand in the response, its errors too. */
export function takeEntities(run: Run, answer: SubgraphAnswer, asked: Asked): void {
  takeErrors(run, answer, asked);
  for (const [index, part] of asked.parts.entries()) {
    const entities = asked.entities[index];
    if (entities && entities.texts.length > 0)
      takePart(run, answer, { part, entities, isOfType: asked.isOfType });
  }
}

function takePart(
  run: Run,
  { data, errors }: SubgraphAnswer,
  { part, entities, isOfType }: { part: EntityPart; entities: Representations; isOfType: IsOfType },
): void {
  const { path, service, outputRewrites } = part.fetch;
  const answered = data ? own(data, part.key) : undefined;
  if (!Array.isArray(answered) || answered.length !== entities.texts.length) {
    if (!errors) run.failures.addUnexplained(service, [fieldsOf(path)]);
    return;
  }
  for (const [index, entity] of (answered as unknown[]).entries()) {
    if (!isData(entity)) continue;
    const targets = entities.targets[index] ?? [];
    if (outputRewrites.length > 0) {
      const typeName = own(entity, '__typename') ?? (targets[0] && own(targets[0], '__typename'));
      if (typeName !== undefined) put(entity, '__typename', typeName);
      rewriteData(entity, outputRewrites, isOfType);
    }
    for (const [place, target] of targets.entries()) {
      // The last takes the answer itself. Parts shared between two would later be filled for both at once.
      mergeData(target, place === targets.length - 1 ? entity : (copyOf(entity) as Data));
    }
  }
}

// `["_entities", 3, "name"]` is about every object that the fourth representation stands for.
function takeErrors(run: Run, { errors = [] }: SubgraphAnswer, asked: Asked): void {
  if (errors.length === 0) return;
  const placesOf = openPlaces(run, asked);
  for (const error of errors) {
    const [key, index, ...rest] = error.path ?? [];
    const at = asked.parts.findIndex((part) => part.key === key);
    const part = asked.parts[at];
    if (!part) {
      for (const { fetch } of withEntities(asked)) addAt(run, error, fieldsOf(fetch.path));
      continue;
    }
    const targets = typeof index === 'number' ? (asked.entities[at]?.targets[index] ?? []) : [];
    const places = placesOf(part);
    const above =
      targets.length > 0 ? targets.map((one) => places.get(one) ?? []) : [fieldsOf(part.fetch.path)];
    const below = renamedPath(rest, part.fetch.outputRewrites);
    for (const place of above) addAt(run, error, [...place, ...below]);
  }
}

type Places = ReadonlyMap<Data, ResponsePath>;

// Looked for once per part, however many errors there are, and before the answer is merged.
function openPlaces(run: Run, { isOfType }: Asked): (part: EntityPart) => Places {
  const known = new Map<EntityPart, Places>();
  return (part) => {
    const places = known.get(part) ?? placesAt(run.data, part.fetch.path, isOfType);
    known.set(part, places);
    return places;
  };
}

const withEntities = ({ parts, entities }: Asked): { fetch: PlannedFetch }[] =>
  parts.filter((_part, index) => (entities[index]?.texts.length ?? 0) > 0);

function addAt(run: Run, { message, extensions }: SubgraphError, path: ResponsePath): void {
  run.failures.add({ message, extensions, path, covers: [path] });
}
