import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ApiError } from './api-error.ts';
import { openFaultPlan } from './faults.ts';
import { answerRequest } from './requests.ts';
import type { RequestRecord } from './requests.ts';
import type { Simulator } from './routes.ts';
import { newId, openState } from './simulator-state.ts';
import type { Event } from './wire-objects.ts';
import { openWebhookDeliveries } from './webhook-deliveries.ts';
import { openIdempotencyKeys } from './idempotency.ts';

/** What the provider does by itself follows the answer this much later. */
const LATER_MS = 150;
const BODY_BYTES_MAX = 64 * 1024;

export interface PaymentSimulatorOptions {
  port: number;
  host: string;
  /** Where signed webhooks go; without it none are sent. */
  webhookUrl?: string;
  webhookSecret: string;
  /** Keeps its objects across restarts when given. */
  stateFile?: string;
  /** Where browsers reach its pages, when that is not where it listens (behind Docker's port, say). */
  publicUrl?: string;
  clock?: () => Date;
  log: { warn(detail: object, message: string): void };
}

export interface PaymentSimulator {
  url: string;
  stop(): Promise<void>;
}

/** Starts a payment provider on this machine that speaks the subset of Stripe's HTTP API which Kept uses. */
export async function startPaymentSimulator(options: PaymentSimulatorOptions): Promise<PaymentSimulator> {
  const { clock = () => new Date(), log } = options;
  const state = openState({
    ...(options.stateFile === undefined ? {} : { stateFile: options.stateFile }),
    clock,
  });
  const faults = openFaultPlan();
  const deliveries = openWebhookDeliveries({
    url: options.webhookUrl,
    secret: options.webhookSecret,
    state,
    faults,
    log,
  });
  let url = '';
  const timers = new Set<NodeJS.Timeout>();
  const simulator: Simulator = {
    state,
    faults,
    publicUrl: () => options.publicUrl ?? url,
    announce: (call, type, object) => {
      const event: Event = {
        id: newId('evt'),
        object: 'event',
        api_version: '2026-10-28.endive',
        created: state.now(),
        data: { object: structuredClone(object) as Record<string, unknown> },
        livemode: false,
        pending_webhooks: options.webhookUrl === undefined ? 0 : 1,
        request: { id: call?.requestId ?? null, idempotency_key: call?.idempotencyKey ?? null },
        type,
      };
      state.tables.events.push(event);
      state.save();
      deliveries.deliver(event);
    },
    later: (work) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        work();
      }, LATER_MS);
      timers.add(timer);
    },
  };
  const records: RequestRecord[] = [];
  const keys = openIdempotencyKeys(state);
  const server = createServer((request, response) => {
    const handle = async () => {
      const body = await readBody(request);
      await answerRequest({ request, response, body, simulator, keys, records });
    };
    handle().catch((error: unknown) => sendFailure(response, error));
  });
  // Longer than clients keep an idle connection, or they would meet ones that were closed just now.
  server.keepAliveTimeout = 65_000;
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  url = `http://${options.host}:${port}`;
  return {
    url,
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      await deliveries.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      state.flush();
    },
  };
}

function listen(server: Server, { port, host }: { port: number; host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > BODY_BYTES_MAX) throw new ApiError('The request is too large.', { status: 413 });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function sendFailure(response: ServerResponse, error: unknown): void {
  if (response.destroyed || response.headersSent) return;
  const known =
    error instanceof ApiError
      ? error
      : new ApiError('Something went wrong here.', { status: 500, type: 'api_error' });
  response.writeHead(known.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(known.body()));
}
