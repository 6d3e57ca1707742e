import { stepSafely } from './ask-safely.ts';
import { compileBody } from './compile-body.ts';
import { mergedRequest, REPRESENTATIONS } from './merge-requests.ts';
import type { PlannedFetch } from './plan.ts';
import { represent } from './represent.ts';
import type { Step } from './run.ts';
import { takeEntities } from './take-entities.ts';
import type { IsOfType } from './type-conditions.ts';
import { fieldsOf, objectsAt } from './walk-path.ts';

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
  const step: Step = (run) => {
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
    return run
      .ask(service, { kind: 'query', body })
      .then((answer) => takeEntities(run, answer, { parts, entities, isOfType }));
  };
  return stepSafely(
    step,
    service,
    fetches.map(({ path }) => fieldsOf(path)),
  );
}
