import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import { invariant } from '@kept/subgraph-kit';
import type { PaymentMethod } from '../payment-methods/payment-method.ts';
import type { Signals } from './judge.ts';
import { RULES, type BroughtBy } from './rules.ts';

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
    WHEN a.collection_id IS NOT NULL THEN c.declines > 0 AND c.status <> 'COMPLETED'
    ELSE m.status = 'PENDING' OR (m.status = 'DELETED' AND m.brand IS NULL) END)`;
const MINE = {
  card: 'm.fingerprint_index = $3',
  client: 'a.client_id = $2',
  network: 'a.network_hmac = $4',
  device: 'a.device_id = $6',
};
const COUNTED_BY = {
  'card and network': `${MINE.card} AND ${MINE.network}`,
  card: MINE.card,
  client: MINE.client,
  network: MINE.network,
  device: MINE.device,
} as const;
const BROUGHT_BY = ['client', 'network', 'device'] as const;

const COUNTS = `
  SELECT ${Object.entries(COUNTED_BY)
    .map(([by, mine]) => `count(*) FILTER (WHERE ${mine} AND ${WENT_BADLY})::int AS "${by}"`)
    .join(', ')},
    ${BROUGHT_BY.map((by) => `count(*) FILTER (WHERE ${MINE[by]} AND a.payment_id IS NULL)::int AS "brought by ${by}"`).join(', ')},
    count(*) FILTER (WHERE a.amount_minor <= $5 AND (${Object.values(MINE).join(' OR ')}))::int AS tiny,
    count(*) FILTER (WHERE a.payment_id IS NOT NULL)::int AS attempts,
    count(*) FILTER (WHERE a.payment_id IS NOT NULL AND p.status IN ('FAILED', 'ABANDONED'))::int AS failed
  FROM payment_assessment a
    LEFT JOIN payment p ON p.id = a.payment_id LEFT JOIN payment_method m ON m.id = a.payment_method_id
    LEFT JOIN payment_method_collection c ON c.id = a.collection_id
  WHERE a.assessed_at > $1 AND a.outcome <> 'BLOCK'`;

type Counts = Signals['failures'] &
  Record<`brought by ${BroughtBy}`, number> & { tiny: number; attempts: number; failed: number };

const HISTORY = `
  SELECT
    (SELECT count(DISTINCT client_id)::int FROM payment_method WHERE fingerprint_index = $2 AND client_id <> $1) AS others,
    EXISTS (SELECT FROM payment WHERE client_id = $1 AND captured_minor > 0) AS "hasPaidBefore",
    NOT EXISTS (SELECT FROM payment_assessment a JOIN payment p ON p.id = a.payment_id
      WHERE a.client_id = $1 AND a.device_id = $3 AND p.captured_minor > 0) AS "isNewDevice",
    (SELECT country FROM client_signal WHERE client_id = $1 AND code = 'PHONE_COUNTRY') AS "phoneCountry",
    EXISTS (SELECT FROM client_signal WHERE client_id = $1 AND code = 'DISPOSABLE_ADDRESS') AS "hasDisposableAddress"`;

interface History extends Pick<
  Signals,
  'hasPaidBefore' | 'isNewDevice' | 'phoneCountry' | 'hasDisposableAddress'
> {
  others: number;
}

// Every rule of this edition looks back equally far, so that one pass counts them all.
const windowMinutes = RULES.declineRate.windowMinutes;

/**
 * What the rules want to know. Counts are exact under races: whoever asks about the same card, client, network or device waits
 * for the other one's commit first, in an order that all agree on.
 */
export async function readSignals(tx: Transaction, attempt: Attempt): Promise<Signals> {
  const { caller, clientId, method, amountMinor, networkHmac, now } = attempt;
  const fingerprint = method?.fingerprintIndex ?? null;
  const { deviceId } = caller;
  const keys = [clientId, fingerprint?.toString('hex'), networkHmac?.toString('hex'), deviceId].filter(
    (key) => key !== undefined && key !== null,
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
    deviceId,
  ]);
  const [history] = await tx.query<History>(HISTORY, [clientId, fingerprint, deviceId]);
  invariant(counts && history, 'counting always answers');
  const { tiny, attempts, failed, ...failures } = counts;
  const { others, ...known } = history;
  return {
    failures,
    cardsBrought: {
      client: counts['brought by client'],
      network: counts['brought by network'],
      device: counts['brought by device'],
    },
    tinyBefore: tiny,
    amountMinor,
    organization: { attempts, failed },
    clientsOfCard: others + 1,
    issuerCountry: method?.issuerCountry ?? null,
    callerCountry: caller.country,
    ...known,
    riskLevel: caller.riskLevel,
  };
}
