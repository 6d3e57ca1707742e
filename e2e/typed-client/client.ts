// A client as an app would have it: typed by graphql-codegen, sends ids of documents instead of their texts, and keeps what
// it was given when a part was withheld. Copy it; it needs nothing but `fetch`.
import type { TypedDocumentString } from './graph/graphql.ts';

/** What went wrong at one place of an answer, or with the whole of it. */
export interface GraphError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly [key: string]: unknown };
}

/** What is there, and why the rest is not. `data` is null only when nothing could be answered. */
export interface Answer<Data> {
  readonly data: Data | null;
  readonly errors: readonly GraphError[];
}

/** This version of the app is not served any more. Nothing else will work: show the message and where to update. */
export class AppTooOld extends Error {
  override readonly name = 'AppTooOld';
  readonly minimumVersion: string | undefined;
  readonly storeUrl: string | undefined;
  constructor({ message, extensions }: GraphError) {
    super(message);
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    this.minimumVersion = text(extensions['minimumVersion']);
    this.storeUrl = text(extensions['storeUrl']);
  }
}

export interface Connection {
  readonly graphUrl: string;
  readonly app: { readonly id: string; readonly version: string };
  readonly organizationId?: string | undefined;
  readonly accessToken?: string | undefined;
}

type Variables<V> = Record<string, never> extends V ? [variables?: V] : [variables: V];

/** Asks one document of this app. Throws when the app is too old or nothing answers; everything else is in the answer. */
export async function ask<Data, V>(
  connection: Connection,
  document: TypedDocumentString<Data, V>,
  ...[variables]: Variables<V>
): Promise<Answer<Data>> {
  const { graphUrl, app, organizationId, accessToken } = connection;
  const response = await fetch(graphUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      'kept-client': app.id,
      'kept-client-version': app.version,
      ...(organizationId && { 'kept-organization': organizationId }),
      ...(accessToken && { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ documentId: String(document.__meta__?.['hash']), variables: variables ?? {} }),
  });
  const { data = null, errors = [] } = (await response.json()) as Partial<Answer<Data>>;
  const tooOld = errors.find(({ extensions }) => extensions.code === 'UPGRADE_REQUIRED');
  if (tooOld) throw new AppTooOld(tooOld);
  return { data, errors };
}

/** Why a field is null: the error at its place or above it, such as `['bookings', 'nodes', 'notes']`. */
export function reasonFor(
  { errors }: Answer<unknown>,
  place: readonly (string | number)[],
): GraphError | undefined {
  return errors.find(({ path = [] }) => path.length > 0 && leadsTo(path, place));
}

// What is withheld for everybody of a role is told once, without the numbers of a list's items.
function leadsTo(told: readonly (string | number)[], place: readonly (string | number)[]): boolean {
  const [part, ...others] = told;
  if (part === undefined) return true;
  const [asked, ...below] = place;
  if (part === asked) return leadsTo(others, below);
  return typeof asked === 'number' && typeof part === 'string' && leadsTo(told, below);
}
