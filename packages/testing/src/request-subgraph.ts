import { PASSPORT_HEADER, type Caller } from '@kept/passport';
import { passportFor } from './callers.ts';

export interface GraphQLResponse {
  status: number;
  // The shape is the query's; a test reads what it asked for.
  data: Record<string, unknown> | null | undefined;
  errors: readonly {
    message: string;
    path?: readonly (string | number)[];
    extensions?: { code?: string; [name: string]: unknown };
  }[];
  headers: Headers;
}

/** Asks a subgraph as the gateway would: POST with a passport over this very body. `url` may lack `/graphql`. */
export async function requestSubgraph(request: {
  url: string;
  service: string;
  caller: Caller;
  query: string;
  variables?: Record<string, unknown>;
  now?: Date;
}): Promise<GraphQLResponse> {
  const { url, service, caller, query, variables = {}, now } = request;
  const body = JSON.stringify({ query, variables });
  const passport = passportFor({ caller, service, body, ...(now ? { now } : {}) });
  const response = await fetch(url.endsWith('/graphql') ? url : new URL('/graphql', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', [PASSPORT_HEADER]: passport },
    body,
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  let json: Partial<GraphQLResponse>;
  try {
    json = JSON.parse(text) as Partial<GraphQLResponse>;
  } catch (cause) {
    throw new Error(`${service} answered ${response.status} without JSON: ${text.slice(0, 300)}`, { cause });
  }
  return { status: response.status, data: json.data, errors: json.errors ?? [], headers: response.headers };
}
