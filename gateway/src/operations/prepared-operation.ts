import { createHash } from 'node:crypto';
import type { Decisions } from '@kept/access-policy';
import { Fault } from '@kept/subgraph-kit';
import {
  getOperationAST,
  OperationTypeNode,
  parse,
  separateOperations,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { coordinatesOf } from '../authorize/coordinates-of.ts';
import { planCookies, type CookiePlan } from '../cookies/cookie-plan.ts';
import { asksForAny } from '../limits/authentication-mutations.ts';
import { checkLimits, type LimitOptions } from '../limits/check-limits.ts';
import { checkDocumentValues, type PageSizes } from '../limits/check-values.ts';
import type { CostModel, OperationCost } from '../limits/operation-cost.ts';
import { noteLook } from '../telemetry/cache-looks.ts';
import { openBoundedCache } from './bounded-cache.ts';
import { readDocument, validateDocument } from './read-document.ts';

/** One operation of one text: everything about it that does not depend on who asks and with which variables. */
export interface PreparedOperation {
  /** SHA-256 of the text, in hexadecimal. */
  readonly hash: string;
  /** Names the operation itself: the same text may hold several. */
  readonly key: string;
  readonly text: string;
  /** The operation and the fragments that it uses, without places. Shared by every request: never changed. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly kind: 'query' | 'mutation';
  readonly name: string | null;
  /** What it touches, numbered as the decision tables are. */
  readonly coordinates: Int32Array;
  /** Sizes of pages that stand in variables. */
  readonly pageSizes: PageSizes;
  /** What it costs with these variables, at most. */
  readonly cost: OperationCost;
  /** Whether it tries a password, a code or a token. */
  readonly authenticates: boolean;
  /** Whether it brings a password, which is dear to verify. */
  readonly hasPassword: boolean;
  /** Whether staff may ask it before they are trained. */
  readonly forTrainees: boolean;
  /** Where a browser's cookies go in and come out; null when it has nothing to do with them. */
  readonly cookies: CookiePlan | null;
}

export interface Operations {
  /**
   * The operation of a text that is meant. Works everything out once per text and name, limits included, so that no
   * cache can let a refused text pass: what is refused is never kept. Throws a `Fault`.
   */
  prepare(text: string, operationName: string | undefined): PreparedOperation;
}

export interface PrepareOptions {
  readonly schema: GraphQLSchema;
  readonly decisions: Decisions;
  readonly limits: LimitOptions;
  readonly costs: CostModel;
  readonly isForTrainees: (document: DocumentNode, operation: OperationDefinitionNode) => boolean;
}

// Enough for every operation of a few apps. A text of 2 MB would be some 60 MB as a tree.
const TEXTS_MAX = 1_000;
const CHARACTERS_MAX = 2 * 1024 * 1024;
const NAME_CHARACTERS_MAX = 100;

/** Opens the cache of prepared operations of one schema. */
export function openOperations(options: PrepareOptions): Operations {
  // By text, then by name: no text and name together can be taken for another text.
  const kept = openBoundedCache<Map<string | undefined, PreparedOperation>>({
    entriesMax: TEXTS_MAX,
    keyCharactersMax: CHARACTERS_MAX,
  });
  return {
    prepare(text, operationName) {
      const ofText = kept.get(text);
      const known = ofText?.get(operationName);
      noteLook('prepared', known !== undefined);
      if (known) return known;
      const prepared = prepare(text, operationName, options);
      // The names are those of the document, of which there are few.
      if (ofText) ofText.set(operationName, prepared);
      else kept.set(text, new Map([[operationName, prepared]]));
      return prepared;
    },
  };
}

function prepare(
  text: string,
  operationName: string | undefined,
  options: PrepareOptions,
): PreparedOperation {
  const { schema, decisions, limits, costs } = options;
  const read = readDocument(text);
  checkLimits(read, limits);
  const pageSizes = checkDocumentValues(read);
  const chosen = chosenOperation(read, operationName);
  validateDocument(read, { schema, introspection: limits.introspection });
  const document = documentOf(text, chosen);
  const operation = getOperationAST(document);
  if (!operation) throw new Error('A document lost its operation.');
  const hash = createHash('sha256').update(text).digest('hex');
  const name = chosen.name?.value ?? null;
  const kind = chosen.operation === OperationTypeNode.MUTATION ? 'mutation' : 'query';
  return {
    hash,
    key: createHash('sha256')
      .update(`${name ?? ''}\n${hash}`)
      .digest('hex'),
    text,
    document,
    operation,
    kind,
    name: name && name.length <= NAME_CHARACTERS_MAX ? name : null,
    coordinates: coordinatesOf(document, { schema, decisions }),
    pageSizes,
    cost: costs.weigh(document, operation),
    authenticates: kind === 'mutation' && asksForAny(document, limits.authenticationMutations),
    hasPassword: kind === 'mutation' && asksForAny(document, limits.passwordMutations),
    forTrainees: options.isForTrainees(document, operation),
    cookies: kind === 'mutation' ? planCookies(schema, document, operation) : null,
  };
}

function chosenOperation(document: DocumentNode, operationName: string | undefined) {
  const operation = getOperationAST(document, operationName);
  if (!operation)
    throw new Fault('BAD_INPUT', 'Say which operation of the document is meant.', { field: 'operationName' });
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
    throw new Fault('GRAPHQL_VALIDATION_FAILED', 'There are no subscriptions here.');
  }
  return operation;
}

// Read again without places: tokens are twenty times the size of what is kept of a document.
function documentOf(text: string, chosen: OperationDefinitionNode): DocumentNode {
  const separated = separateOperations(parse(text, { noLocation: true }));
  const document = separated[chosen.name?.value ?? ''];
  if (!document) throw new Error('A validated document does not hold its own operation.');
  return document;
}
