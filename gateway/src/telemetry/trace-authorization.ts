import type { TraceSpan } from '@kept/subgraph-kit';
import type { RequestContext } from '../context.ts';
import type { Execute } from '../execute/executor.ts';

/** Puts a span around what stands between the operation and its planning: the decision about every coordinate. */
export function traceAuthorization(authorizing: (execute: Execute) => Execute, execute: Execute): Execute {
  const deciding = new WeakMap<RequestContext, TraceSpan>();
  const decided = (context: RequestContext) => {
    deciding.get(context)?.end();
    deciding.delete(context);
  };
  const authorized = authorizing((request) => {
    decided(request.context);
    return execute(request);
  });
  return async (request) => {
    const { context } = request;
    if (!context.span) return authorized(request);
    deciding.set(context, context.span.child('authorize'));
    try {
      return await authorized(request);
    } finally {
      // Refused whole: nothing was executed.
      decided(context);
    }
  };
}
