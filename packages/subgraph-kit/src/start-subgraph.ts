import { buildSubgraphSchema } from '@apollo/subgraph';
import { guardSchema, mustBeTrained, openTrainingGate, readAccessMap } from '@kept/access-policy';
import type { Ability, DefineVerbs, Relations } from '@kept/access-policy';
import { PASSPORT_HEADER, openPassportVerifier, type Caller, type PassportKey } from '@kept/passport';
import { withinRequest } from '@kept/request-scope';
import { Kind, type DocumentNode } from 'graphql';
import { openAbilities } from './abilities.ts';
import type { Clock } from './clock.ts';
import { DEADLINE_HEADER, openDeadline, readDeadline, stopAtDeadline, type Deadline } from './deadline.ts';
import { openExecutor, readOperation } from './execute.ts';
import { Fault, refused } from './fault.ts';
import { json, listen, type HttpAnswer, type HttpRequest, type Route } from './http-server.ts';
import type { Logger } from './log.ts';
import { openMetrics, type Figure } from './metrics.ts';
import { METRICS_PATH, openMetricsPage } from './metrics-page.ts';
import { presentError } from './present-error.ts';
import { scalarResolvers } from './scalars.ts';
import type { TlsFiles } from './tls.ts';
import { processTracing } from './tracing/process-tracing.ts';
import { TRACE_HEADER, type Tracing } from './tracing/trace-span.ts';

/** What every resolver's context holds; a service adds its database and loaders. */
export interface RequestContext {
  readonly caller: Caller;
  readonly ability: Ability;
  readonly log: Logger;
  readonly clock: Clock;
  /** Aborts when nobody waits for the answer any more: hand it on to whatever takes long. */
  readonly signal: AbortSignal;
}

export interface SubgraphOptions<Context extends RequestContext> {
  readonly service: string;
  readonly typeDefs: DocumentNode;
  readonly resolvers: object;
  readonly relations: Relations;
  readonly verbs?: DefineVerbs;
  /** Root fields of the whole business that whoever is limited to places may ask all the same: each looks where something is. */
  readonly withinPlaces?: readonly string[];
  readonly context: (request: RequestContext) => Context | Promise<Context>;
  /** Throws a sentence while this service's own database does not answer or has not the schema it needs. */
  readonly ready: () => Promise<void>;
  readonly routes?: readonly Route[];
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles | undefined;
  readonly passportKeys: readonly PassportKey[];
  /** Where spans go; the process's own when left out. */
  readonly tracing?: Tracing | undefined;
  /** Who knows it may read `/metrics`; without it there is no such page. */
  readonly metricsToken?: string | undefined;
  /** What this service counts besides what every process does. */
  readonly figures?: readonly Figure[];
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Serves one subgraph: `POST /graphql` for callers with a passport (401 to all else, `_service` included), health
 * and metrics. Fields and references whose audience depends on the row are guarded here, with the row in hand.
 */
export async function startSubgraph<Context extends RequestContext>(
  options: SubgraphOptions<Context>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const { service, clock, log, host, port } = options;
  const answer = openSubgraph(options);
  const metrics = openMetrics(service, options.figures);
  const graphql = async (request: HttpRequest): Promise<HttpAnswer> => {
    const stopTimer = metrics.operations.startTimer();
    const result = await answer(request);
    stopTimer({ outcome: result.status === 200 ? 'answered' : 'refused' });
    return result;
  };
  const routes: Route[] = [
    { method: 'POST', path: '/graphql', handle: graphql },
    ...healthRoutes(options.ready, log),
    ...metricsRoutes(metrics, options.metricsToken),
    ...(options.routes ?? []),
  ];
  const server = await listen({ host, port, routes, log, tls: options.tls });
  log.info({ url: server.url, at: clock().toISOString() }, 'serving');
  return server;
}

function metricsRoutes({ registry }: ReturnType<typeof openMetrics>, token: string | undefined): Route[] {
  if (token === undefined) return [];
  const page = openMetricsPage(registry, token);
  return [{ method: 'GET', path: METRICS_PATH, handle: ({ headers }) => page(headers) }];
}

/** Alive never asks the database: an orchestrator that restarts us because the database is slow makes it worse. */
export function healthRoutes(ready: () => Promise<void>, log: Logger): Route[] {
  return [
    { method: 'GET', path: '/health/live', handle: () => json(200, { status: 'alive' }) },
    {
      method: 'GET',
      path: '/health/ready',
      handle: async () => {
        try {
          await ready();
          return json(200, { status: 'ready' });
        } catch (error) {
          log.warn({ err: error }, 'not ready');
          return json(503, { status: 'not ready' });
        }
      },
    },
  ];
}

/** Builds the guarded schema and returns the function that answers one request; `startSubgraph` puts it behind HTTP. */
export function openSubgraph<Context extends RequestContext>(options: SubgraphOptions<Context>) {
  const { service, typeDefs, resolvers, relations, verbs, withinPlaces, clock, log } = options;
  const { tracing = processTracing() } = options;
  const access = readAccessMap(typeDefs);
  const modules = [{ typeDefs, resolvers: { ...scalarsOf(typeDefs), ...resolvers } }];
  const schema = guardSchema({
    // Apollo's type of a resolver map admits any context; ours are checked against the generated types.
    schema: stopAtDeadline(
      buildSubgraphSchema(modules as Parameters<typeof buildSubgraphSchema>[0]),
      (context) => (context as RequestContext).signal,
    ),
    access,
    abilityOf: (context) => {
      const { ability, signal } = context as RequestContext;
      // Asked before every guarded field and reference: what nobody waits for any more ends at the next of them.
      signal.throwIfAborted();
      return ability;
    },
    relations,
  });
  const executor = openExecutor(schema);
  const isForTrainees = openTrainingGate(access);
  const abilityOf = openAbilities({ schema: access, relations, verbs, withinPlaces });
  const verifier = openPassportVerifier({ service, keys: options.passportKeys, clock });

  const answerCaller = async (
    caller: Caller,
    { body, deadline }: { body: Buffer; deadline: Deadline },
  ): Promise<HttpAnswer> => {
    const operation = readOperation(body);
    // The gateway has asked all of this before; here it is asked again.
    if (isOver(caller, clock())) throw refused.unauthenticated('Your session is over. Please sign in again.');
    if (mustBeTrained(caller) && !executor.holds(operation, isForTrainees)) throw refused.trainingRequired();
    const reading = executor.isQuery(operation);
    // Emergency access opens reading alone.
    const readingAt = reading ? clock() : undefined;
    const ability = abilityOf(caller, readingAt);
    const { signal } = deadline;
    const context = await options.context({ caller, ability, log, clock, signal });
    const run = () => executor.run(operation, context);
    const { requestId } = caller;
    const { endsAt } = deadline;
    // What a change has come to is waited for: it is committed or not, whoever has gone.
    const answered = reading ? deadline.within(withinRequest({ requestId, endsAt }, run)) : run();
    const { data, errors } = await answered;
    return json(200, {
      ...(data !== undefined && { data }),
      ...(errors && { errors: errors.map((error) => presentError(error, log)) }),
    });
  };

  return async ({ headers, body, onGone }: SubgraphRequest): Promise<HttpAnswer> => {
    const passport = headers[PASSPORT_HEADER];
    let caller: Caller;
    try {
      caller = verifier.verify(typeof passport === 'string' ? passport : undefined, body);
    } catch (error) {
      log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'passport refused');
      return refusal(401, new Fault('UNAUTHENTICATED', 'This service answers its gateway only.'));
    }
    const { requestId } = caller;
    const span = tracing?.begin('subgraph', {
      traceparent: headers[TRACE_HEADER],
      attributes: { 'kept.subgraph': service, 'kept.request_id': requestId },
    });
    const deadline = openDeadline(readDeadline(headers[DEADLINE_HEADER]), onGone);
    const { status, ...answer } = await withinRequest({ requestId }, () =>
      answerCaller(caller, { body, deadline }).catch((error: unknown) => refuse(error, log)),
    ).finally(() => deadline.close());
    span?.set({ 'http.response.status_code': status });
    if (status >= 500) span?.failed();
    span?.end();
    return { status, ...answer };
  };
}

/** Whether the session ended while nobody used it, to the second (SES-01). */
const isOver = ({ sessionUntil }: Caller, now: Date): boolean =>
  sessionUntil !== null && now.getTime() >= sessionUntil * 1_000;

function refuse(error: unknown, log: Logger): HttpAnswer {
  if (!(error instanceof Fault)) {
    log.error({ err: error }, 'an operation failed');
    return refusal(500, new Fault('INTERNAL', 'Something went wrong on our side. It has been noted.'));
  }
  const late = error.code === 'SUBGRAPH_UNAVAILABLE';
  if (late) log.warn('the time was up before the answer was there');
  return refusal(late ? 503 : 400, error);
}

/** What of an HTTP request decides about its answer. */
type SubgraphRequest = Pick<HttpRequest, 'headers' | 'body'> & Partial<Pick<HttpRequest, 'onGone'>>;

const refusal = (status: number, { message, code }: Fault) =>
  json(status, { errors: [{ message, extensions: { code } }] });

// Only the scalars that this service declares: a resolver without its type is an error in graphql-js.
function scalarsOf(typeDefs: DocumentNode) {
  const declared = typeDefs.definitions.flatMap((definition) =>
    definition.kind === Kind.SCALAR_TYPE_DEFINITION ? [definition.name.value] : [],
  );
  return Object.fromEntries(
    declared.flatMap((name) => (scalarResolvers[name] ? [[name, scalarResolvers[name]]] : [])),
  );
}
