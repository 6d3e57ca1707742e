import type { Logger } from '@kept/subgraph-kit';
import { GraphQLError, Kind, type DocumentNode, type SelectionSetNode } from 'graphql';
import { unavailable } from '../fetch/read-answer.ts';

export type ResponsePath = readonly (string | number)[];

/** The response keys that a client's operation can give, one within the other, whatever the type and the conditions. */
export type ResponseKeys = ReadonlyMap<string, ResponseKeys>;

const SORRY = 'Something went wrong on our side. It has been noted; please try again.';
const AWAY = {
  message: unavailable.errors?.[0]?.message ?? '',
  extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
};
// Every item of a long list can be wrong, or stand for one entity that is; the client has understood long before.
const ERRORS_MAX = 1_000;
const COMPLETION_ERRORS_MAX = 100;

/** What nobody but us can put right is written down; never a value, and for a request only the first of a kind. */
export type FailureLog = Pick<Logger, 'error'>;

/** What went wrong while one request was answered. */
export interface Failures {
  readonly errors: GraphQLError[];
  /** A subgraph's error. Without a path it is about everything that was asked of it, at `covers`. */
  add(error: {
    message: string;
    extensions: object;
    path?: ResponsePath;
    covers?: readonly ResponsePath[];
  }): void;
  /** An answer without the data that was asked for, and without a reason. */
  addUnexplained(service: string, covers: readonly ResponsePath[]): void;
  /**
   * A value that the schema does not allow where it stands. Said only where no subgraph has said why already: a null
   * that follows from an error needs no second one (GraphQL specification, 6.4.4).
   */
  addCompletion(path: ResponsePath, coordinate: string): void;
}

/** Collects the errors of one request, with paths that hold nothing the client has not asked for. */
export function openFailures(responseKeys: () => ResponseKeys, log: FailureLog): Failures {
  const errors: GraphQLError[] = [];
  const covered = new Map<string, readonly string[]>();
  let completions = 0;
  const add: Failures['add'] = ({ message, extensions, path, covers = [] }) => {
    const known = path && knownPart(path, responseKeys());
    for (const place of known && known.length > 0 ? [known] : covers) {
      const keys = keysOf(place);
      covered.set(keys.join('.'), keys);
    }
    if (errors.length >= ERRORS_MAX) return;
    errors.push(
      new GraphQLError(message, {
        extensions: { ...extensions },
        ...(known && known.length > 0 && { path: known }),
      }),
    );
  };
  return {
    errors,
    add,
    addUnexplained(service, covers) {
      log.error({ subgraph: service }, 'a subgraph answered without data and without a reason');
      const [path] = covers;
      add({ ...AWAY, covers, ...(path && covers.length === 1 && { path }) });
    },
    addCompletion(path, coordinate) {
      if (completions >= COMPLETION_ERRORS_MAX) return;
      const keys = keysOf(path);
      for (const place of covered.values()) if (beginsAlike(place, keys)) return;
      if (completions === 0)
        log.error({ coordinate }, 'a subgraph gave a value that the schema does not allow');
      completions += 1;
      errors.push(new GraphQLError(SORRY, { path: [...path], extensions: { code: 'INTERNAL' } }));
    },
  };
}

const keysOf = (path: ResponsePath): string[] => path.filter((part) => typeof part === 'string');

const beginsAlike = (one: readonly string[], other: readonly string[]) =>
  one.every((key, index) => index >= other.length || other[index] === key);

// Subgraphs are also asked for keys and for what `@requires` needs; their names are none of the client's business.
function knownPart(path: ResponsePath, keys: ResponseKeys): ResponsePath {
  let here: ResponseKeys | undefined = keys;
  const end = path.findIndex((part) => {
    if (typeof part === 'number') return false;
    here = here?.get(part);
    return here === undefined;
  });
  return end < 0 ? path : path.slice(0, end);
}

/** Reads the response keys of an operation out of its document. */
export function responseKeysOf(document: DocumentNode): ResponseKeys {
  const reading: Reading = { fragments: new Map(), read: new Map() };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      reading.fragments.set(definition.name.value, definition.selectionSet);
    }
  }
  const keys = new Map<string, ResponseKeys>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) addKeys(keys, definition.selectionSet, reading);
  }
  return keys;
}

type Keys = Map<string, ResponseKeys>;
interface Reading {
  readonly fragments: Map<string, SelectionSetNode>;
  /** A fragment spread twice in one place gives nothing new. */
  readonly read: Map<Keys, Set<string>>;
}

function addKeys(keys: Keys, set: SelectionSetNode, reading: Reading): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      const below: Keys = new Map(keys.get(key) ?? []);
      keys.set(key, below);
      if (selection.selectionSet) addKeys(below, selection.selectionSet, reading);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      addKeys(keys, selection.selectionSet, reading);
    } else {
      const name = selection.name.value;
      const fragment = reading.fragments.get(name);
      const read = reading.read.get(keys) ?? new Set<string>();
      reading.read.set(keys, read);
      if (!fragment || read.has(name)) continue;
      read.add(name);
      addKeys(keys, fragment, reading);
    }
  }
}
