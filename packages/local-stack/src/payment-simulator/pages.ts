import type { IncomingMessage, ServerResponse } from 'node:http';
import { html, page, type Markup } from '../mail/markup.ts';
import { ApiError } from './api-error.ts';
import { hearBank, showBank } from './bank-page.ts';
import { chooseCard, finish, showPage } from './hosted-page.ts';
import { readForm } from './parameters.ts';
import { findRoute, type Call, type Simulator } from './routes.ts';

interface Page {
  method: 'GET' | 'POST';
  path: string;
  title: string;
  /** Text is where the browser goes next. */
  answer(call: Call): string | Markup | null;
}

/** What a browser sees of the processor: its card page, and the page of the cardholder's bank. */
const PAGES: Page[] = [
  { method: 'GET', path: '/pay/:id', title: 'Test card', answer: (call) => showPage(call) },
  { method: 'POST', path: '/pay/:id', title: 'Test card', answer: chooseCard },
  { method: 'GET', path: '/pay/:id/done', title: 'Test card', answer: finish },
  { method: 'GET', path: '/authenticate/:id', title: 'Your bank', answer: showBank },
  { method: 'POST', path: '/authenticate/:id', title: 'Your bank', answer: hearBank },
];

/** Answers a page; false when the address is none. */
export function answerPage(exchange: {
  request: IncomingMessage;
  response: ServerResponse;
  body: string;
  simulator: Simulator;
}): boolean {
  const { request, response, body, simulator } = exchange;
  const { pathname, search } = new URL(request.url ?? '/', 'http://simulator');
  const method = request.method ?? 'GET';
  const found = findRoute(PAGES, method, pathname);
  if (found === undefined) return false;
  const { route, ids } = found;
  // A form posts to the address it stands at, query and all.
  const parameters = readForm(method === 'GET' ? search.slice(1) : body);
  const call = { ids, parameters, simulator, requestId: 'page', idempotencyKey: null, publishable: false };
  try {
    const answer = route.answer(call);
    simulator.state.save();
    if (typeof answer === 'string') redirect(response, answer);
    else send(response, { status: 200, title: route.title, content: answer ?? DONE });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    send(response, { status: error.status, title: route.title, content: html`<p>${error.message}</p>` });
  }
  return true;
}

const DONE = html`<p>Thank you. You can close this window.</p>`;

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, 'cache-control': 'no-store' });
  response.end();
}

function send(
  response: ServerResponse,
  { status, title, content }: { status: number; title: string; content: Markup },
): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    // Nothing is loaded from anywhere, nobody may frame it, and no address of it leaves with a click.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
  });
  response.end(page(title, content, { site: 'Test payments' }));
}
