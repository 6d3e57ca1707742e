import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { invariant } from '@kept/subgraph-kit';
import type { PaymentMethod } from '../payment-methods/payment-method.ts';
import type { Signals } from './judge.ts';
import { RULES } from './rules.ts';

export interface Attempt {
  caller: Pick<Caller, 'country' | 'deviceId' | 'networkAddress' | 'riskLevel'>;
  clientId: string;
  /** Null while it is not known which card it is. */
  method: Pick<PaymentMethod, 'fingerprintIndex' | 'issuerCountry'> | null;
  /** Null: nothing is paid. */
  amountMinor: bigint | null;
  networkHmac: Buffer | null;
  now: Date;
}

// Not known to have gone well: declined, given up, or still on its way. What was blocked says nothing about the card: no bank
// was asked. Money that is agreed for later is not on its way.
const WENT_BADLY = `(CASE WHEN a.payment_id IS NOT NULL
    THEN p.status IN ('AUTHORIZING', 'REQUIRES_ACTION', 'FAILED', 'ABANDONED') OR (p.status = 'CREATED' AND p.authorize_at IS NULL)
    ELSE m.status = 'PENDING' OR (m.status = 'DELETED' AND m.brand IS NULL) END)`;
const MINE = {
  card: 'm.fingerprint_index = $3',
  client: 'a.client_id = $2',
  network: 'a.network_hmac = $4',
};
const COUNTED_BY = {
  'card and network': `${MINE.card} AND ${MINE.network}`,
  card: MINE.card,
  client: MINE.client,
  network: MINE.network,
} as const;

const COUNTS = `
  SELECT ${Object.entries(COUNTED_BY)
    .map(([by, mine]) => `count(*) FILTER (WHERE ${mine} AND ${WENT_BADLY})::int AS "${by}"`)
    .join(', ')},
    count(*) FILTER (WHERE a.amount_minor <= $5 AND (${Object.values(MINE).join(' OR ')}))::int AS tiny,
    count(*) FILTER (WHERE a.payment_id IS NOT NULL)::int AS attempts,
    count(*) FILTER (WHERE a.payment_id IS NOT NULL AND p.status IN ('FAILED', 'ABANDONED'))::int AS failed
  FROM payment_assessment a
    LEFT JOIN payment p ON p.id = a.payment_id LEFT JOIN payment_method m ON m.id = a.payment_method_id
  WHERE a.assessed_at > $1 AND a.outcome <> 'BLOCK'`;

type Counts = Signals['failures'] & { tiny: number; attempts: number; failed: number };

const HISTORY = `
  SELECT
    (SELECT count(DISTINCT client_id)::int FROM payment_method WHERE fingerprint_index = $2 AND client_id <> $1) AS others,
    EXISTS (SELECT FROM payment WHERE client_id = $1 AND captured_minor > 0) AS "hasPaidBefore",
    NOT EXISTS (SELECT FROM payment_assessment a JOIN payment p ON p.id = a.payment_id
      WHERE a.client_id = $1 AND a.device_id = $3 AND p.captured_minor > 0) AS "isNewDevice"`;

// Every rule of this edition looks back equally far, so that one pass counts them all.
const windowMinutes = RULES.declineRate.windowMinutes;

/**
 * What the rules want to know. Counts are exact under races: whoever asks about the same card, client or network waits for the
 * other one's commit first, in an order that all agree on.
 */
export async function readSignals(tx: Transaction, attempt: Attempt): Promise<Signals> {
  const { caller, clientId, method, amountMinor, networkHmac, now } = attempt;
  const fingerprint = method?.fingerprintIndex ?? null;
  const keys = [clientId, fingerprint?.toString('hex'), networkHmac?.toString('hex')].filter(
    (key) => key !== undefined,
  );
  await tx.query(
    `SELECT pg_advisory_xact_lock(key) FROM (
       SELECT DISTINCT hashtextextended('judging ' || $1 || ' ' || word, 0) AS key FROM unnest($2::text[]) AS word ORDER BY 1) k`,
    [tx.organizationId, keys],
  );
  const since = new Date(now.getTime() - windowMinutes * 60_000);
  const [counts] = await tx.query<Counts>(COUNTS, [
    since,
    clientId,
    fingerprint,
    networkHmac,
    RULES.tinyAmounts.upToMinor,
  ]);
  const [history] = await tx.query<{ others: number; hasPaidBefore: boolean; isNewDevice: boolean }>(
    HISTORY,
    [clientId, fingerprint, caller.deviceId],
  );
  invariant(counts && history, 'counting always answers');
  const { tiny, attempts, failed, ...failures } = counts;
  return {
    failures,
    tinyBefore: tiny,
    amountMinor,
    organization: { attempts, failed },
    clientsOfCard: history.others + 1,
    issuerCountry: method?.issuerCountry ?? null,
    callerCountry: caller.country,
    isNewDevice: history.isNewDevice,
    hasPaidBefore: history.hasPaidBefore,
    riskLevel: caller.riskLevel,
  };
}
