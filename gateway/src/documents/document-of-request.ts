import { createHash } from 'node:crypto';
import { Fault } from '@kept/subgraph-kit';
import type { DocumentSet, TrustedDocument } from './document-set.ts';

/** What a request says about its document: its text, or the name of one that its app was built with. */
export interface DocumentReference {
  readonly query: string | undefined;
  /** GraphQL over HTTP, appendix A: `sha256:<hex>`, or as graphql-codegen writes it, the hash alone. */
  readonly documentId: string | undefined;
  /** `extensions.persistedQuery.sha256Hash` of Apollo's clients. */
  readonly persistedHash: string | undefined;
}

/** The text to prepare, and the trusted document that it is of, if it is one. */
export interface ChosenDocument {
  readonly text: string;
  readonly trusted: TrustedDocument | null;
}

// Appendix A of GraphQL over HTTP: unreserved characters of RFC 3986 and colons.
const IDENTIFIER = /^[A-Za-z0-9._~:-]{1,200}$/;

/** Reads which document a request's JSON means. Throws a `Fault` when that cannot be told. */
export function readDocumentReference(body: Readonly<Record<string, unknown>>): DocumentReference {
  const { query, documentId, extensions } = body;
  if (query !== undefined && query !== null && typeof query !== 'string')
    throw new Fault('BAD_INPUT', 'The document is a text.', { field: 'query' });
  if (
    documentId !== undefined &&
    documentId !== null &&
    !(typeof documentId === 'string' && IDENTIFIER.test(documentId))
  )
    throw new Fault('BAD_INPUT', 'The id of a document is written sha256:… in hexadecimal.', {
      field: 'documentId',
    });
  const reference = {
    query: typeof query === 'string' && query.trim() !== '' ? query : undefined,
    documentId: documentId ?? undefined,
    persistedHash: readPersistedHash(extensions),
  };
  if (Object.values(reference).every((value) => value === undefined))
    throw new Fault('BAD_INPUT', 'The request holds no operation.', { field: 'query' });
  return reference;
}

function readPersistedHash(extensions: unknown): string | undefined {
  if (extensions === undefined || extensions === null) return undefined;
  if (typeof extensions !== 'object' || Array.isArray(extensions))
    throw new Fault('BAD_INPUT', 'Extensions are an object.', { field: 'extensions' });
  const { persistedQuery } = extensions as { persistedQuery?: unknown };
  if (persistedQuery === undefined || persistedQuery === null) return undefined;
  const { version, sha256Hash } = persistedQuery as { version?: unknown; sha256Hash?: unknown };
  if (version !== 1 || typeof sha256Hash !== 'string' || !/^[0-9a-f]{64}$/.test(sha256Hash))
    throw new Fault('BAD_INPUT', 'A persisted query is {version: 1, sha256Hash: …} in hexadecimal.', {
      field: 'extensions.persistedQuery',
    });
  return sha256Hash;
}

/**
 * The document that a request means. By id it is always one that an app was built with; by text it must be one where
 * `adHoc` is false. Nothing that a client sends is ever remembered as trusted, so there are no automatic persisted queries.
 */
export function documentOfRequest(
  reference: DocumentReference,
  { documents, adHoc }: { documents: DocumentSet; adHoc: boolean },
): ChosenDocument {
  const { query, documentId, persistedHash } = reference;
  if (query === undefined) {
    const trusted =
      documentId === undefined
        ? byPersistedHash(persistedHash ?? '', documents)
        : byDocumentId(documentId, documents);
    return { text: trusted.text, trusted };
  }
  refuseOtherText(query, reference);
  const trusted = documents.byText(query);
  if (trusted) return { text: trusted.text, trusted };
  if (adHoc) return { text: query, trusted: null };
  throw new Fault(
    'DOCUMENT_NOT_TRUSTED',
    'Only documents of published apps are answered here. Send the id of one, or publish a manifest.',
  );
}

function byDocumentId(documentId: string, documents: DocumentSet): TrustedDocument {
  const id = documentId.replace(/^(sha256|sha1):/, '');
  const found = documents.byId(id);
  if (found) return found;
  refuseRetired(id, documents);
  throw new Fault('DOCUMENT_NOT_TRUSTED', 'No published app has a document of this id.', {
    field: 'documentId',
  });
}

// Apollo's links and urql's exchange look for these codes and words: after the first they send the text once, after the
// second always. The text is then taken or refused like any other.
function byPersistedHash(hash: string, documents: DocumentSet): TrustedDocument {
  const found = documents.byId(hash);
  if (found) return found;
  refuseRetired(hash, documents);
  throw documents.size === 0
    ? new Fault('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported')
    : new Fault('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
}

function refuseRetired(id: string, documents: DocumentSet): void {
  if (!documents.isRetired(id)) return;
  throw new Fault('UPGRADE_REQUIRED', 'This version of the app is too old. Please update the app.');
}

// A text beside an id must be what the id says: caches and logs go by the id.
function refuseOtherText(query: string, { documentId, persistedHash }: DocumentReference): void {
  const hash = (algorithm: string) => createHash(algorithm).update(query).digest('hex');
  const given = documentId?.replace(/^(sha256|sha1):/, '');
  if (persistedHash !== undefined && hash('sha256') !== persistedHash)
    throw new Fault('BAD_INPUT', 'The hash is not that of the document.', {
      field: 'extensions.persistedQuery',
    });
  if (given !== undefined && hash(given.length === 40 ? 'sha1' : 'sha256') !== given)
    throw new Fault('BAD_INPUT', 'The id is not that of the document.', { field: 'documentId' });
}
