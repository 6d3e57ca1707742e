import type { Audience, Purpose } from '@kept/access-policy';
import type { Execute } from '../execute/executor.ts';
import { openBoundedCache } from '../operations/bounded-cache.ts';

/** An operation that was asked lately, and on whose behalf as far as its plan depends on that. */
export interface UsedOperation {
  readonly text: string;
  readonly name: string | null;
  readonly audiences: readonly Audience[];
  readonly purposes: readonly Purpose[];
}

export interface UsedOperations {
  /** Executes as `execute` does, and remembers what was asked. */
  remembering(execute: Execute): Execute;
  list(): readonly UsedOperation[];
}

// Every operation of a few apps in every role; what was not asked for longest is forgotten first.
const USED_MAX = 500;

/** Remembers which operations are in use, so that the next graph can plan them before it is asked. */
export function openUsedOperations(): UsedOperations {
  const used = openBoundedCache<UsedOperation>({ entriesMax: USED_MAX, keyCharactersMax: 1_000_000 });
  return {
    remembering: (execute) => (request) => {
      const { prepared, context } = request;
      const { audiences, purposes } = context;
      const key = `${prepared.key} ${audiences.join()} ${purposes.join()}`;
      if (!used.get(key)) used.set(key, { text: prepared.text, name: prepared.name, audiences, purposes });
      return execute(request);
    },
    list: () => used.values(),
  };
}
