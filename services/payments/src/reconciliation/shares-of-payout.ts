import type { Payments } from '../context.ts';
import type { Outcome, Page, PayoutLine } from '../processor/payment-processor.ts';

const PAGE = 100;
/** A payout that came back goes with the next one, which may come back as well. */
const CAME_BACK_MAX = 5;

/** How much of a payout is whose, by organization; what names none of ours is nobody's here. */
export type Shares = ReadonlyMap<string, bigint>;

export type PayoutReading =
  | { kind: 'SHARES'; shares: Shares; totalMinor: bigint }
  /** Somebody at the processor took out a sum: of which payments, it cannot say. */
  | { kind: 'BY_HAND' }
  | { kind: 'LATER' };

/**
 * Of whose payments a payout consists, from its own lines: what each charge brought after its fee, less what went back. Page
 * by page, with one sum for each organization, whatever the payout holds.
 */
export async function sharesOfPayout(
  payments: Payments,
  payoutReference: string,
  depth = 0,
): Promise<PayoutReading> {
  const shares = new Map<string, bigint>();
  let totalMinor = 0n;
  let cursor: string | null = null;
  do {
    const page: Outcome<Page<PayoutLine>> = await payments.processor.listPayoutLines({
      payoutReference,
      cursor,
      limit: PAGE,
    });
    if (page.kind === 'REJECTED') return { kind: 'BY_HAND' };
    if (page.kind === 'UNKNOWN') return { kind: 'LATER' };
    for (const line of page.value.items.filter(({ kind }) => kind !== 'PAYOUT')) {
      const whose = await sharesOfLine(payments, line, depth);
      if (whose.kind !== 'SHARES') return whose;
      totalMinor += line.netMinor;
      for (const [organizationId, amount] of whose.shares)
        shares.set(organizationId, (shares.get(organizationId) ?? 0n) + amount);
    }
    ({ cursor } = page.value);
  } while (cursor !== null);
  return { kind: 'SHARES', shares, totalMinor };
}

async function sharesOfLine(payments: Payments, line: PayoutLine, depth: number): Promise<PayoutReading> {
  if (line.kind === 'PAYOUT_FAILURE') {
    // A payout that came back stands as one line in the next: it is still whose it was.
    const { sourceReference } = line;
    if (sourceReference === null || depth >= CAME_BACK_MAX) return { kind: 'BY_HAND' };
    return sharesOfPayout(payments, sourceReference, depth + 1);
  }
  const owner = await ownerOf(payments, line);
  if (owner === 'LATER') return { kind: 'LATER' };
  const shares: Shares = new Map(owner === null ? [] : [[owner, line.netMinor]]);
  return { kind: 'SHARES', shares, totalMinor: line.netMinor };
}

/** What its own metadata says, else its payment's: a refund from the dashboard and a dispute have none of ours. */
async function ownerOf(payments: Payments, line: PayoutLine): Promise<string | null> {
  if (line.organizationId !== null || line.intentReference === null) return line.organizationId;
  const intent = await payments.processor.readIntent(line.intentReference);
  if (intent.kind === 'UNKNOWN') return 'LATER';
  return intent.kind === 'DONE' ? (intent.value.origin?.organizationId ?? null) : null;
}
