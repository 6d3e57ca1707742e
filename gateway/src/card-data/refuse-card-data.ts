import { Fault } from '@kept/subgraph-kit';
import { TokenKind, type DocumentNode, type Token } from 'graphql';
import { looksLikeCard, splitCard } from './looks-like-card.ts';

// Longer and less exact than what JavaScript can hold: its digits are gone, so nobody can say that it was no card.
const DIGITS_13 = 1e12;
const DIGITS_19_MAX = 1e19;

/**
 * Throws CARD_DATA_REJECTED when anything in a request could be a card number: variables and their names, literals, names and
 * comments of the document, headers. The sentence and the log never repeat it.
 */
export function refuseCardData(request: {
  json: unknown;
  document: DocumentNode | undefined;
  headers: readonly (string | undefined)[];
}): void {
  const texts: string[] = [];
  collectTexts(request.json, texts);
  const found =
    texts.some(looksLikeCard) ||
    splitCard(texts) ||
    request.headers.some((header) => header !== undefined && looksLikeCard(header)) ||
    (request.document?.loc !== undefined && tokensHoldCard(request.document.loc.startToken));
  if (!found) return;
  throw new Fault(
    'CARD_DATA_REJECTED',
    'This looks like a card number. Never send one here: add a payment method with a token of the payment provider.',
  );
}

/** Every text below a JSON value, keys included. The document's own text is looked at by its tokens. */
function collectTexts(value: unknown, texts: string[]): void {
  if (typeof value === 'string') texts.push(value);
  else if (typeof value === 'number') texts.push(numberText(value));
  else if (Array.isArray(value)) for (const item of value) collectTexts(item, texts);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (looksLikeCard(key)) texts.push(key);
      collectTexts(item, texts);
    }
  }
}

const A_CARD = '4111111111111111';
function numberText(value: number): string {
  const size = Math.abs(value);
  // Small numbers are no part of a split card number: durations and amounts stand side by side everywhere.
  if (size < DIGITS_13 || size >= DIGITS_19_MAX) return '';
  return Number.isSafeInteger(value) ? String(size) : A_CARD;
}

const QUOTED = new Set<string>([TokenKind.STRING, TokenKind.BLOCK_STRING]);
const WRITTEN = new Set<string>([
  ...QUOTED,
  TokenKind.NAME,
  TokenKind.INT,
  TokenKind.FLOAT,
  TokenKind.COMMENT,
]);

function tokensHoldCard(first: Token): boolean {
  const strings: string[] = [];
  for (let token: Token | null = first; token; token = token.next) {
    if (!WRITTEN.has(token.kind)) continue;
    if (looksLikeCard(token.value)) return true;
    if (QUOTED.has(token.kind)) strings.push(token.value);
  }
  return splitCard(strings);
}
