/** Payments whose process can die between any two steps, to its database or to the processor alike. */
import { openDatabase } from '@kept/database';
import {
  requestSubgraph,
  startProcessLife,
  startTcpProxy,
  testPassportKey,
  type ProcessLife,
} from '@kept/testing';
import type { Caller } from '@kept/passport';
import type { Payments } from '../context.ts';
import { paymentsEntities } from '../database.ts';
import { API_KEY, WEBHOOK_SECRET, type UnderTest } from '../payments-for-tests.ts';
import { openStripeProcessor } from '../processor/stripe-processor.ts';
import { startApi } from '../start-api.ts';

export interface DyingPayments {
  readonly payments: Payments;
  readonly life: ProcessLife;
  /** Which of the life's requests went to the processor: before the first of them, trouble there makes no difference. */
  readonly toProcessor: readonly number[];
  /** Asks the graph of this process; rejects when it dies before it answers. */
  ask(caller: Caller, query: string, input: Record<string, unknown>): Promise<string>;
  readonly webhookUrl: string;
  stop(): Promise<void>;
}

/**
 * The same service as `test`, as a second process would be: whatever it says to its database and to the processor goes through
 * one life. No statement of the service knows of it, so that no await can be forgotten: each is a request to one of the two.
 */
export async function openDyingPayments(test: UnderTest): Promise<DyingPayments> {
  const life = startProcessLife();
  const toDatabase = await startTcpProxy({ targetUrl: test.appUrl, life });
  const toProcessor: number[] = [];
  const pass = () => {
    toProcessor.push(life.requests + 1);
    return life.pass();
  };
  const { dieAt, restart, end, onDeath } = life;
  const processorDoor = await startTcpProxy({
    targetUrl: test.simulator.url,
    life: {
      dieAt,
      restart,
      end,
      onDeath,
      pass,
      get requests() {
        return life.requests;
      },
      get isOver() {
        return life.isOver;
      },
    },
  });
  const database = await openDatabase({
    url: toDatabase.url,
    entities: paymentsEntities,
    applicationName: 'test dying payments',
    poolMax: 2,
  });
  const processor = openStripeProcessor({ apiKey: API_KEY, apiBase: processorDoor.url.replace(/\/$/, '') });
  const payments: Payments = { ...test.payments, database, processor };
  const api = await startApi(payments, {
    host: '127.0.0.1',
    port: 0,
    passportKeys: [testPassportKey('payments')],
    webhookSecrets: [WEBHOOK_SECRET],
  });
  return {
    payments,
    life,
    toProcessor,
    webhookUrl: `${api.url}/webhooks/stripe`,
    ask: async (caller, query, input) => {
      const service = 'payments';
      const asked = {
        url: api.url,
        service,
        caller,
        query,
        variables: { input },
        now: test.clock(),
      } as const;
      const { data, errors } = await requestSubgraph(asked);
      const [answer] = Object.values(data ?? {}) as ({ __typename: string } | null | undefined)[];
      if (!answer) throw new Error(`no answer: ${JSON.stringify(errors)}`);
      return answer.__typename;
    },
    stop: async () => {
      await api.stop();
      await toDatabase.stop();
      await processorDoor.stop();
      await database.close().catch(() => undefined);
    },
  };
}
