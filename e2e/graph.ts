// The graph as any client meets it: HTTP, JSON, a bearer token. Nothing of the product is imported here.
import { randomUUID } from 'node:crypto';

export interface GraphError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly [key: string]: unknown };
}

/** An answer. `Data` is what the test's own query asks for. */
export interface GraphAnswer<Data> {
  readonly status: number;
  readonly data: Data | null;
  readonly errors: readonly GraphError[];
  /** What the gateway calls this request, everywhere. */
  readonly requestId: string | null;
}

export interface Asking {
  readonly token?: string | undefined;
  readonly organizationId?: string | undefined;
  readonly variables?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

/** Sends one operation to the gateway and returns what came back, refused or not. */
export async function ask<Data>(
  graphUrl: string,
  query: string,
  asking: Asking = {},
): Promise<GraphAnswer<Data>> {
  const response = await fetch(graphUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(asking.token && { authorization: `Bearer ${asking.token}` }),
      ...(asking.organizationId && { 'kept-organization': asking.organizationId }),
      ...asking.headers,
    },
    body: JSON.stringify({ query, variables: asking.variables ?? {} }),
  });
  const body = (await response.json()) as Partial<GraphAnswer<Data>>;
  const requestId = response.headers.get('kept-request-id');
  return { status: response.status, data: body.data ?? null, errors: body.errors ?? [], requestId };
}

/** Sends one operation that must succeed whole; the first error otherwise fails the test with its code and sentence. */
export async function tell<Data>(graphUrl: string, query: string, asking: Asking = {}): Promise<Data> {
  const { data, errors } = await ask<Data>(graphUrl, query, asking);
  const [first] = errors;
  if (first || !data)
    throw new Error(
      `${first?.extensions.code ?? 'NO DATA'}: ${first?.message ?? ''} ${JSON.stringify(first?.path)}`,
    );
  return data;
}

/** A new idempotency key. */
export const newKey = (): string => randomUUID();
