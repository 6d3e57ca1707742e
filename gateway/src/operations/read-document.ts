import { Fault } from '@kept/subgraph-kit';
import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { refuseCardData } from '../card-data/refuse-card-data.ts';
import { LIMITS } from '../limits/check-limits.ts';

/** A document that does not fit the schema: every reason, as far as five. */
export class DocumentRefused extends Fault {
  readonly errors: readonly GraphQLFormattedError[];
  constructor(errors: readonly GraphQLFormattedError[]) {
    super('GRAPHQL_VALIDATION_FAILED', errors[0]?.message ?? 'The document does not fit the schema.');
    this.errors = errors;
  }
}

// Four times what as many tokens as there may be take. Longer texts are refused by their length alone: looking for card
// data in 256 kB costs ten times as much as all else (measured), and they go nowhere.
const CHARACTERS_MAX = 64 * 1024;

/** Parses a text, with its tokens' places. Throws a `Fault` when it is no GraphQL, too long, or holds card data. */
export function readDocument(text: string): DocumentNode {
  if (text.length > CHARACTERS_MAX) {
    throw new Fault('LIMIT_EXCEEDED', `A document may have at most ${CHARACTERS_MAX} characters.`);
  }
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: LIMITS.tokens });
  } catch (error) {
    // graphql-js quotes what it stumbled over: neither its message nor the text goes anywhere.
    refuseCardData({ json: text, document: undefined, headers: [] });
    if (error instanceof GraphQLError && error.message.includes('tokens')) {
      throw new Fault('LIMIT_EXCEEDED', `A document may have at most ${LIMITS.tokens} tokens.`);
    }
    throw new Fault('GRAPHQL_PARSE_FAILED', 'The document is not GraphQL.');
  }
  refuseCardData({ json: undefined, document, headers: [] });
  return document;
}

const ERRORS_MAX = 5;
const rulesWithoutIntrospection = [...specifiedRules, NoSchemaIntrospectionCustomRule];

/** Throws `DocumentRefused` when a document does not fit the schema. Tells no name that was not guessed. */
export function validateDocument(
  document: DocumentNode,
  { schema, introspection }: { schema: GraphQLSchema; introspection: boolean },
): void {
  const rules = introspection ? specifiedRules : rulesWithoutIntrospection;
  const errors = validate(schema, document, rules, { maxErrors: ERRORS_MAX, hideSuggestions: true });
  if (errors.length > 0) throw new DocumentRefused(errors.map(inOurWords));
}

function inOurWords({ message, locations }: GraphQLError): GraphQLFormattedError {
  return {
    message: /introspection/i.test(message) ? 'Introspection is not available here.' : withoutValue(message),
    ...(locations && { locations }),
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  };
}

// `Expected value of type "Int", found "secret".`, `Int cannot represent non-integer value: "secret"`; and one rule of
// graphql-js suggests whatever it is told (`Did you mean "client { ... }"?`).
const withoutValue = (message: string) =>
  message
    .replace(/, found [^]*$/, '.')
    .replace(/( cannot represent [^:]*): [^]*$/, '$1.')
    .replace(/ Did you mean [^]*$/, '');
