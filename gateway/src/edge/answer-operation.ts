import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { mustBeTrained } from '@kept/access-policy';
import { Fault, refused, type Clock, type HttpAnswer, type Logger } from '@kept/subgraph-kit';
import type { ExecutionResult } from 'graphql';
import type { AccessRecords } from '../access-records/open-access-records.ts';
import type { TokenReader } from '../authenticate/access-token.ts';
import { networkAddressOf, readCaller } from '../authenticate/caller.ts';
import { operationHash } from '../authenticate/operation-hash.ts';
import type { Control } from '../control/open-control.ts';
import { askingOf } from '../authorize/asking.ts';
import type { ForwardPrivacySignal } from '../clients/forward-privacy-signal.ts';
import { readGlobalPrivacyControl } from '../clients/global-privacy-control.ts';
import { CLIENT_HEADERS, type Clients } from '../clients/open-clients.ts';
import { purposesOfRequest } from '../clients/purposes-of-request.ts';
import type { RequestContext } from '../context.ts';
import { useCookies, type OperationCookies } from '../cookies/use-cookies.ts';
import type { Proofs } from '../dpop/open-proofs.ts';
import { documentOfRequest, readDocumentReference } from '../documents/document-of-request.ts';
import type { TrustedDocuments } from '../documents/trusted-documents.ts';
import { checkPageSizes } from '../limits/check-values.ts';
import type { Limits } from '../limits/open-limits.ts';
import type { Place } from '../limits/place.ts';
import type { LimitHeaders } from '../limits/rates.ts';
import type { Graph } from '../open-graph.ts';
import type { PreparedOperation } from '../operations/prepared-operation.ts';
import type { OperationWatch, Telemetry } from '../telemetry/open-telemetry.ts';
import { answerForm } from './answer-form.ts';
import { logOfRequest } from './log-of-request.ts';
import { notAcceptable, presentRefusal, presentResult } from './present-answer.ts';
import { readEnvelope } from './read-envelope.ts';

/** What stands at the edge and lasts longer than a request. */
export interface Desk {
  /** The graph of this moment. A request keeps the one that it began with. */
  readonly graph: Graph;
  readonly clients: Clients;
  readonly forwardPrivacySignal: ForwardPrivacySignal;
  readonly documents: TrustedDocuments;
  /** Whether any document is answered, or those alone that apps were built with. */
  readonly adHoc: boolean;
  readonly tokens: TokenReader;
  readonly limits: Limits;
  readonly proofs: Proofs;
  readonly control: Control;
  readonly trustedProxies: number;
  /** The origins whose pages may ask. */
  readonly allowedOrigins: readonly string[];
  readonly accessRecords: AccessRecords | undefined;
  readonly telemetry?: Telemetry | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One request: what came in, and what it is called in the log. */
export interface Occasion {
  readonly requestId: string;
  readonly log: Logger;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  readonly request: IncomingMessage;
  readonly body: Buffer;
  /** What it takes up until it is answered. */
  readonly place: Place;
  /** Hears of it for metrics and traces. */
  readonly watch?: OperationWatch | undefined;
}

/** An operation that passed every check that comes before the authorization of its fields. */
export interface AdmittedOperation {
  readonly graph: Graph;
  readonly prepared: PreparedOperation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: RequestContext;
  /** What is left of the caller's limits. */
  readonly limitHeaders: LimitHeaders;
  /** The cookies of the browser, when the app uses them. */
  readonly cookies: OperationCookies | undefined;
}

/** The id under which a request is logged everywhere, and which its answer carries. Never one that a client chose. */
export const REQUEST_ID_HEADER = 'kept-request-id';

// Within this an answer is out, with whatever parts of it are there; who waits for a place does that before.
const OPERATION_MS_MAX = 15_000;

/**
 * Everything that an operation has to pass before it is executed, in this order, on every transport. Each step is one
 * call and throws a `Fault` to refuse; none is skipped because something is cached.
 */
export async function admitOperation(desk: Desk, occasion: Occasion): Promise<AdmittedOperation> {
  const { request, requestId, log, signal, watch } = occasion;
  const { headers } = request;
  const { graph, limits } = desk;

  // 3 is asked first: from where, before anything is done for whoever it is.
  const networkAddress = networkAddressOf(request, desk.trustedProxies);
  await limits.admitAddress(networkAddress);
  // 1 The envelope: UTF-8, JSON, one operation, no prototype keys, no card data.
  const envelope = limits.working(networkAddress, occasion.body.length, () =>
    readEnvelope(occasion.body, headers),
  );
  // 2 The app: new enough, genuine where it must prove it, and what its person's browser forbids.
  const client = await desk.clients.admit(headers);
  const globalPrivacyControl = readGlobalPrivacyControl(request);
  // 4 The document: one that an app was built with, or where that is allowed, whatever was sent.
  const { text, trusted } = documentOfRequest(
    readDocumentReference({ ...envelope.members, query: envelope.query }),
    {
      documents: desk.documents.current(),
      adHoc: desk.adHoc,
    },
  );
  // 5 Everything that depends on the text alone: once per text, limits and card data included.
  const prepared = limits.working(networkAddress, occasion.body.length, () =>
    graph.operations.prepare(text, envelope.operationName),
  );
  // One too many with a password waits, or goes, before anything else is done for it.
  if (prepared.hasPassword) {
    const bytes = occasion.body.length;
    await limits.enterWithPassword(networkAddress, { headers, place: occasion.place, signal, bytes });
  }
  const deadline = performance.now() + OPERATION_MS_MAX;
  // 6 What this text asks for with these variables.
  checkPageSizes(prepared.pageSizes, envelope.variables);
  const cost = limits.costOf(prepared, envelope.variables);
  watch?.admitted({ prepared, trusted: trusted !== null, cost });
  // 7 Who is calling.
  const read = await readCaller(
    headers,
    {
      requestId,
      operationName: prepared.name,
      networkAddress,
      policyVersion: graph.policyVersion,
      globalPrivacyControl,
      // What identity looks at when somebody signs in; nothing that is only read needs it.
      userAgent: prepared.kind === 'mutation' ? userAgentOf(headers) : null,
      operationHash: () =>
        operationHash({ text, operationName: envelope.operationName, variables: envelope.variables }),
      now: desk.clock(),
    },
    desk,
  );
  // Who holds the key that the token belongs to, or a session is to belong to.
  const keyThumbprint = await desk.proofs.admit(request, read.keyThumbprint);
  const signedIn = { ...read, keyThumbprint };
  const { caller, audiences } = askingOf(signedIn, prepared.kind, desk.clock());
  // 8 Whether this caller may have that much, now and from there.
  const limitHeaders = await limits.admitCaller({ caller, audiences, prepared, cost });
  // 9 Staff learn first, whatever their roles will be.
  if (mustBeTrained(caller) && !prepared.forTrainees) throw refused.trainingRequired();
  // 10 What for.
  const header = headers[CLIENT_HEADERS.purpose];
  const purposes = purposesOfRequest({ client, audiences, header, trusted, operationName: prepared.name });
  const context = { caller, audiences, purposes, client, deadline, signal, log, span: watch?.span };
  desk.forwardPrivacySignal(context);
  desk.accessRecords?.assertMayRead(context);
  // 11 What the browser keeps for it where no script reads it.
  const { allowedOrigins, trustedProxies } = desk;
  const { organizationId } = caller;
  const cookies = useCookies({
    request,
    plan: prepared.cookies,
    variables: envelope.variables,
    organizationId,
    allowedOrigins,
    trustedProxies,
  });
  const variables = cookies?.variables ?? envelope.variables;
  return { graph, prepared, variables, context, limitHeaders, cookies };
}

// Longer ones say no more, and cost to read (bowser: 70 ms for 200 kB, measured).
const USER_AGENT_MAX = 512;
const userAgentOf = (headers: IncomingMessage['headers']): string | null =>
  headers['user-agent']?.slice(0, USER_AGENT_MAX) ?? null;

/** 12 Authorizes the fields for this caller, plans, fetches, and shapes the answer. */
export const executeAdmitted = ({
  graph,
  prepared,
  variables,
  context,
}: AdmittedOperation): Promise<ExecutionResult> =>
  graph.execute({ prepared, document: prepared.document, queryHash: prepared.key, variables, context });

/** Answers one `POST /graphql`: admit, execute, say it. Logs that it happened, never what it said. */
export async function answerOperation(
  desk: Desk,
  incoming: Pick<Occasion, 'request' | 'body' | 'signal'>,
): Promise<HttpAnswer> {
  const requestId = randomUUID();
  const log = logOfRequest(desk.log, requestId);
  const startedAt = performance.now();
  const watch = desk.telemetry?.begin(requestId, incoming.request.headers);
  const { answer, operation, code } = await answerOrRefuse(desk, { ...incoming, requestId, log, watch });
  watch?.ended({ status: answer.status, code });
  const milliseconds = Math.round(performance.now() - startedAt);
  desk.log.info(
    { requestId, operation, status: answer.status, milliseconds, ...(code && { refused: code }) },
    'operation',
  );
  return { ...answer, headers: { ...answer.headers, [REQUEST_ID_HEADER]: requestId } };
}

async function answerOrRefuse(
  desk: Desk,
  occasion: Omit<Occasion, 'place'>,
): Promise<{ answer: HttpAnswer; operation: string | null; code?: string }> {
  const form = answerForm(occasion.request.headers.accept);
  if (!form) return { answer: notAcceptable, operation: null, code: 'BAD_INPUT' };
  let name: string | null = null;
  let place: Place | undefined;
  try {
    place = desk.limits.enter(occasion.request.headers);
    await desk.limits.turn(occasion.request.headers);
    const admitted = await admitOperation(desk, { ...occasion, place });
    name = admitted.prepared.name;
    const executed = await executeAdmitted(admitted);
    const { result, headers } = admitted.cookies?.take(executed) ?? { result: executed, headers: {} };
    // 13 Who saw what: worked out after the answer is out.
    desk.accessRecords?.record({ ...admitted, result });
    const answer = presentResult(result, form, occasion.log);
    return {
      answer: {
        ...answer,
        headers: {
          ...answer.headers,
          ...headers,
          ...admitted.limitHeaders,
          ...desk.proofs.headersFor(occasion.request),
        },
      },
      operation: name,
    };
  } catch (error) {
    if (error instanceof Fault) {
      const answer = presentRefusal(error, form);
      const headers = { ...answer.headers, ...desk.proofs.headersFor(occasion.request, error) };
      return { answer: { ...answer, headers }, operation: name, code: error.code };
    }
    throw error;
  } finally {
    place?.leave();
  }
}
