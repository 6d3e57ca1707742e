import type { SubgraphAnswer, SubgraphError } from '../fetch/read-answer.ts';
import { isData, own, put, type Data } from './bare-object.ts';
import { compileBody } from './compile-body.ts';
import { copyOf, mergeData } from './merge-data.ts';
import { mergedRequest, REPRESENTATIONS, type EntityPart } from './merge-requests.ts';
import type { PlannedFetch } from './plan.ts';
import { represent, type Representations } from './represent.ts';
import { renamedPath, rewriteData } from './rewrite-data.ts';
import type { Run, Step } from './run.ts';
import type { IsOfType } from './type-conditions.ts';
import { objectsAt, placesAt } from './walk-path.ts';

/**
 * Compiles one or several sub-requests about entities of one subgraph that the plan sends side by side. Several become
 * one body; a request in which only one of them has anything to ask sends that one as it was planned.
 */
export function compileEntityFetch(fetches: readonly PlannedFetch[], isOfType: IsOfType): Step {
  const alone = fetches.map((fetch) => ({
    body: compileBody(fetch),
    part: { fetch, key: '_entities', variable: REPRESENTATIONS },
  }));
  const merged = fetches.length > 1 ? mergedRequest(fetches) : undefined;
  const together = merged && compileBody(merged);
  const service = fetches[0]?.service ?? '';
  return (run) => {
    const asked = fetches.map((fetch) =>
      represent(objectsAt(run.data, fetch.path, isOfType), fetch, isOfType),
    );
    const some = asked.flatMap(({ texts }, index) => (texts.length > 0 ? [index] : []));
    const [only] = some;
    if (only === undefined) return undefined;
    const single = some.length === 1 || !merged || !together ? alone[only] : undefined;
    const parts = single ? [single.part] : (merged?.parts ?? []);
    const entities = single ? asked.slice(only, only + 1) : asked;
    const texts = parts.map(
      ({ variable }, index) => `"${variable}":[${(entities[index]?.texts ?? []).join()}]`,
    );
    const body = (single?.body ?? together)?.(run.variables, texts) ?? '';
    return run.ask(service, { kind: 'query', body }).then((answer) => {
      takeErrors(run, answer, { parts, entities, isOfType });
      for (const [index, part] of parts.entries()) {
        takeEntities(run, answer, { part, entities: entities[index], isOfType });
      }
    });
  };
}

interface Asked {
  readonly parts: readonly EntityPart[];
  readonly entities: readonly Representations[];
  readonly isOfType: IsOfType;
}

function takeEntities(
  run: Run,
  { data, errors }: SubgraphAnswer,
  {
    part,
    entities,
    isOfType,
  }: { part: EntityPart; entities: Representations | undefined; isOfType: IsOfType },
): void {
  if (!entities || entities.texts.length === 0) return;
  const { path, service, outputRewrites } = part.fetch;
  const answered = data ? own(data, part.key) : undefined;
  if (!Array.isArray(answered) || answered.length !== entities.texts.length) {
    if (!errors) run.failures.addUnexplained(service, [keysOf(path)]);
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
      // The first takes the answer itself. Parts shared between two would later be filled for both at once.
      mergeData(target, place === 0 ? entity : (copyOf(entity) as Data));
    }
  }
}

// `["_entities", 3, "name"]` is about every object that the fourth representation stands for.
function takeErrors(run: Run, { errors }: SubgraphAnswer, asked: Asked): void {
  for (const error of errors ?? []) {
    const [key, index, ...rest] = error.path ?? [];
    const at = asked.parts.findIndex((part) => part.key === key);
    const part = asked.parts[at];
    if (!part) for (const { fetch } of withEntities(asked)) addAt(run, error, [keysOf(fetch.path)]);
    else {
      const targets = typeof index === 'number' ? (asked.entities[at]?.targets[index] ?? []) : [];
      const places = placesAt(run.data, part.fetch.path, asked.isOfType);
      const above =
        targets.length > 0 ? targets.map((target) => places.get(target) ?? []) : [keysOf(part.fetch.path)];
      const below = renamedPath(rest, part.fetch.outputRewrites);
      addAt(
        run,
        error,
        above.map((place) => [...place, ...below]),
      );
    }
  }
}

const withEntities = ({ parts, entities }: Asked) =>
  parts.filter((_part, index) => (entities[index]?.texts.length ?? 0) > 0);

function addAt(
  run: Run,
  { message, extensions }: SubgraphError,
  paths: readonly (readonly (string | number)[])[],
): void {
  for (const path of paths) run.failures.add({ message, extensions, path, covers: [path] });
}

const keysOf = (path: PlannedFetch['path']): string[] =>
  path.flatMap((step) => (step.kind === 'field' ? [step.name] : []));
