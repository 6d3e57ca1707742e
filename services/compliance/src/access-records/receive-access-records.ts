import type { Database } from '@kept/database';
import { openPassportVerifier, PASSPORT_HEADER, type Caller, type PassportKey } from '@kept/passport';
import {
  Fault,
  json,
  refused,
  type Clock,
  type HttpAnswer,
  type Logger,
  type Route,
} from '@kept/subgraph-kit';
import { accessBatch } from './batch.ts';
import { nameFields } from './name-fields.ts';
import type { DownloadPolicy } from './settings.ts';
import { storeAccessRecords } from './store-access-records.ts';

/** What a passport for this route names as its operation: one made for the graph opens nothing here. */
export const ACCESS_RECORDS_OPERATION = 'access-records';

export interface ReceiveOptions {
  readonly database: Database;
  readonly policy: DownloadPolicy;
  readonly passportKeys: readonly PassportKey[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of every alert, for the metrics. */
  readonly onAlert?: () => void;
}

/**
 * `POST /access-records`: a gateway hands over what it has answered. Only with a passport of kind SERVICE over this very
 * body. A batch may come again: each record is stored once, so whoever is not sure that it arrived just repeats it.
 */
export function accessRecordsRoute(options: ReceiveOptions): Route {
  const verifier = openPassportVerifier({
    service: 'compliance',
    keys: options.passportKeys,
    clock: options.clock,
  });
  return {
    method: 'POST',
    path: '/access-records',
    handle: async ({ body, headers }) => {
      const header = headers[PASSPORT_HEADER];
      let caller: Caller;
      try {
        caller = verifier.verify(typeof header === 'string' ? header : undefined, body);
      } catch (error) {
        options.log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'passport refused');
        return refusal(401, refused.unauthenticated('This service answers its gateway only.'));
      }
      // Programs of a business are SERVICE too, and have an account; the gateway has none.
      if (
        caller.kind !== 'SERVICE' ||
        caller.accountId !== null ||
        caller.operationName !== ACCESS_RECORDS_OPERATION
      )
        return refusal(403, refused.forbidden('This is for gateways.'));
      return receive(body, options);
    },
  };
}

async function receive(
  body: Buffer,
  { database, policy, clock, log, onAlert }: ReceiveOptions,
): Promise<HttpAnswer> {
  const parsed = accessBatch.safeParse(jsonOf(body));
  if (!parsed.success) {
    // Of zod's issues only place and code: their messages may quote what was put in.
    const where = parsed.error.issues
      .slice(0, 5)
      .map(({ path, code }) => `${path.join('.') || 'batch'} (${code})`);
    log.error({ where }, 'a batch of access records cannot be used');
    return refusal(400, new Fault('BAD_INPUT', 'These are no access records.'));
  }
  const all = nameFields(parsed.data);
  const sum = { stored: 0, alerts: 0 };
  for (const organizationId of new Set(all.map((record) => record.organizationId))) {
    const records = all.filter((record) => record.organizationId === organizationId);
    const done = await database.transaction(organizationId, (tx) =>
      storeAccessRecords(tx, { records, policy, now: clock() }),
    );
    sum.stored += done.stored;
    sum.alerts += done.alerts;
  }
  for (let told = 0; told < sum.alerts; told += 1) onAlert?.();
  if (sum.alerts > 0) log.warn({ alerts: sum.alerts }, 'somebody has read unusually much');
  return json(200, { batch: parsed.data.id, stored: sum.stored });
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

const refusal = (status: number, { message, code }: Fault): HttpAnswer =>
  json(status, { errors: [{ message, extensions: { code } }] });
