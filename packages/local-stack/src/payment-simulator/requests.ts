import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import { ApiError } from './api-error.ts';
import { balanceRoutes } from './balance.ts';
import { payoutRoutes } from './payouts.ts';
import { cardholderRoutes } from './cardholder-routes.ts';
import { chargeRoutes } from './charges.ts';
import { checkoutSessionRoutes } from './checkout-sessions.ts';
import { customerRoutes } from './customers.ts';
import { disputeRoutes } from './disputes.ts';
import { eventRoutes } from './events.ts';
import { REQUEST_FAULTS, readFault } from './faults.ts';
import type { Answer, IdempotencyKeys } from './idempotency.ts';
import { readForm, refuseCardData } from './parameters.ts';
import { answerPage } from './pages.ts';
import { paymentIntentRoutes } from './payment-intents.ts';
import { paymentMethodRoutes } from './payment-methods.ts';
import { refundRoutes } from './refunds.ts';
import { findRoute } from './routes.ts';
import type { Route, Simulator } from './routes.ts';
import { setupIntentRoutes } from './setup-intents.ts';
import { newId } from './simulator-state.ts';

const RECORDS_MAX = 1_000;

/** What was asked lately, for tests that count calls. Never the body. */
export interface RequestRecord {
  method: string;
  path: string;
  idempotencyKey: string | null;
  status: number | null;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  body: string;
  simulator: Simulator;
  keys: IdempotencyKeys;
  records: RequestRecord[];
}

const routes: Route[] = [
  ...customerRoutes,
  ...paymentMethodRoutes,
  ...setupIntentRoutes,
  ...paymentIntentRoutes,
  ...chargeRoutes,
  ...refundRoutes,
  ...disputeRoutes,
  ...balanceRoutes,
  ...payoutRoutes,
  ...checkoutSessionRoutes,
  ...eventRoutes,
  ...cardholderRoutes,
];

/** One request from the wire to the wire: control routes, authorization, faults, idempotency, the operation. */
export async function answerRequest(exchange: Exchange): Promise<void> {
  const { request, response, body, simulator, records } = exchange;
  const { pathname, search } = new URL(request.url ?? '/', 'http://simulator');
  const method = request.method ?? 'GET';
  const control = controlAnswer(exchange, method, pathname);
  if (control !== undefined) return send(response, { status: 200, body: control }, newId('req'));

  if (answerPage({ request, response, body, simulator })) return;

  const requestId = newId('req');
  const record: RequestRecord = {
    method,
    path: pathname,
    idempotencyKey: idempotencyKeyOf(request),
    status: null,
  };
  records.push(record);
  records.splice(0, Math.max(0, records.length - RECORDS_MAX));

  const fault = simulator.faults.take(REQUEST_FAULTS, pathname);
  if (fault?.kind === 'drop_before') return void request.socket.destroy();
  if (fault?.kind === 'answer_500') {
    const error = new ApiError('An error occurred on our side.', { status: 500, type: 'api_error' });
    return send(response, { status: 500, body: error.body() }, requestId);
  }
  if (fault?.kind === 'answer_429') {
    const error = new ApiError('Too many requests.', { status: 429, code: 'rate_limit' });
    return send(response, { status: 429, body: error.body() }, requestId);
  }
  if (fault?.kind === 'search_lag') return send(response, { status: 200, body: nothingFound }, requestId);
  if (fault?.kind === 'answer_422') return send(response, { status: 422, body: { detail: 'no' } }, requestId);

  const form = method === 'GET' ? search.slice(1) : body;
  const work = async (): Promise<Answer> => {
    if (fault?.kind === 'slow') await wait(fault.milliseconds);
    const done = await perform(exchange, { method, pathname, form, requestId });
    if (fault?.kind !== 'answer_500_after') return done;
    // Done, and answered with a failure that is kept under the key and replayed: only a look at the object helps.
    const error = new ApiError('An error occurred on our side.', { status: 500, type: 'api_error' });
    return { status: 500, body: error.body() };
  };
  const answer = await answered(exchange, { method, path: pathname, form, work });
  record.status = answer.status;
  if (method !== 'GET') simulator.state.save();
  if (fault?.kind === 'slow_answer') await wait(fault.milliseconds);
  if (fault?.kind === 'drop_after') return void request.socket.destroy();
  send(response, answer, requestId);
}

/** What the index of the search says before it has caught up. */
const nothingFound = { object: 'search_result', url: '', has_more: false, next_page: null, data: [] };

async function answered(
  { request, keys }: Exchange,
  { method, path, form, work }: { method: string; path: string; form: string; work: () => Promise<Answer> },
): Promise<Answer> {
  const key = idempotencyKeyOf(request);
  try {
    if (path.startsWith('/v1/') && !/^Bearer (sk|pk)_test_\w+/.test(request.headers.authorization ?? '')) {
      throw new ApiError('You did not provide a valid API key.', { status: 401, beforeExecution: true });
    }
    // Awaited here, so that a refusal before execution is caught below.
    return await (method === 'POST' && key !== null ? keys.once({ key, method, path, form }, work) : work());
  } catch (error) {
    if (error instanceof ApiError) return { status: error.status, body: error.body() };
    throw error;
  }
}

async function perform(
  { request, simulator }: Exchange,
  {
    method,
    pathname,
    form,
    requestId,
  }: { method: string; pathname: string; form: string; requestId: string },
): Promise<Answer> {
  const found = findRoute(routes, method, pathname);
  if (found === undefined) {
    throw new ApiError(`Unrecognized request URL (${method}: ${pathname}).`, {
      status: 404,
      beforeExecution: true,
    });
  }
  const parameters = readForm(form);
  refuseCardData(parameters);
  const { route, ids } = found;
  const publishable = request.headers.authorization?.startsWith('Bearer pk_') === true;
  if (publishable && route.withPublishableKey !== true) {
    throw new ApiError('This API call cannot be made with a publishable API key.', {
      status: 401,
      code: 'secret_key_required',
      beforeExecution: true,
    });
  }
  const idempotencyKey = idempotencyKeyOf(request);
  try {
    const call = { ids, parameters, simulator, requestId, idempotencyKey, publishable };
    return { status: 200, body: route.answer(call) };
  } catch (error) {
    // A decline is a result like any other and is replayed; a request that never began is not.
    if (error instanceof ApiError && !error.beforeExecution)
      return { status: error.status, body: error.body() };
    throw error;
  }
}

function controlAnswer({ body, simulator, records }: Exchange, method: string, path: string): unknown {
  if (path === '/simulator/requests' && method === 'GET') return records;
  if (path !== '/simulator/faults') return undefined;
  const { faults } = simulator.faults;
  if (method === 'POST') faults.push(readFault(body));
  if (method === 'DELETE') faults.splice(0);
  return faults;
}

function idempotencyKeyOf(request: IncomingMessage): string | null {
  const key = request.headers['idempotency-key'];
  return typeof key === 'string' ? key : null;
}

function send(response: ServerResponse, answer: Answer, requestId: string): void {
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'request-id': requestId,
    ...(answer.replayed === true ? { 'idempotent-replayed': 'true' } : {}),
  });
  response.end(JSON.stringify(answer.body));
}
