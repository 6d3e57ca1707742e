import { Kind, parse } from 'graphql';
import { stepSafely } from './ask-safely.ts';
import { compileBody } from './compile-body.ts';
import type { ResponsePath } from './failures.ts';
import { mergeData } from './merge-data.ts';
import type { PlannedFetch } from './plan.ts';
import { renamedPath, rewriteData } from './rewrite-data.ts';
import type { Run, Step } from './run.ts';
import type { IsOfType } from './type-conditions.ts';

/** Compiles a sub-request to a root type: its answer is merged into the response as it is. */
export function compileRootFetch(fetch: PlannedFetch, isOfType: IsOfType): Step {
  const { service, operationKind: kind, outputRewrites } = fetch;
  const body = compileBody(fetch);
  const covers: ResponsePath[] = topKeysOf(fetch.text).map((key) => renamedPath([key], outputRewrites));
  const step = async (run: Run) => {
    const { data, errors } = await run.ask(service, { kind, body: body(run.variables) });
    for (const { message, extensions, path } of errors ?? []) {
      run.failures.add({
        message,
        extensions,
        covers,
        ...(path && { path: renamedPath(path, outputRewrites) }),
      });
    }
    if (data) {
      rewriteData(data, outputRewrites, isOfType);
      mergeData(run.data, data);
    } else if (!errors) run.failures.addUnexplained(service, covers);
  };
  return stepSafely(step, service, covers);
}

function topKeysOf(text: string): string[] {
  const operation = parse(text, { noLocation: true }).definitions.find(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  // Fragments on a root type are rare; without their keys an error is only less exact about what follows from it.
  return (operation?.selectionSet.selections ?? []).flatMap((selection) =>
    selection.kind === Kind.FIELD ? [selection.alias?.value ?? selection.name.value] : [],
  );
}
