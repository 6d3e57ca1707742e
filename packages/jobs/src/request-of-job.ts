import { currentRequest } from '@kept/request-scope';

// Beside the job's own data, under a name that no data of ours has.
const REQUEST = 'kept:request';

/** The data of a job with the request that it is enqueued for, if there is one. */
export function withRequest(data: object): object {
  const request = currentRequest();
  return request ? { ...data, [REQUEST]: request.requestId } : data;
}

/** Takes the two apart again. */
export function requestOf(entry: unknown): { requestId: string | undefined; data: unknown } {
  if (typeof entry !== 'object' || entry === null || !(REQUEST in entry)) {
    return { requestId: undefined, data: entry };
  }
  const { [REQUEST]: requestId, ...data } = entry as Record<string, unknown>;
  return { requestId: typeof requestId === 'string' ? requestId : undefined, data };
}
