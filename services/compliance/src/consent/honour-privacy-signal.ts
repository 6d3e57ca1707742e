import type { Transaction } from '@kept/database';
import type { Caller } from '@kept/passport';
import type { ComplianceContext } from '../context.ts';
import { changeConsent, lockConsent } from './change-consent.ts';
import { PURPOSES } from './purposes.ts';

const REMEMBERED_MAX = 10_000;

/** Clients whose signal is written down, so that a browser which says it with every request costs nothing. */
export type HonouredSignals = Set<string>;

/**
 * A signed-in client's browser says that their data may not be sold or shared (Global Privacy Control): writes the
 * objection down for every purpose that shares, once and with proof, without asking anybody anything (CCPA regulations
 * §7025(b), (c)(6)). Somebody who agreed to sharing afterwards, knowing that their browser objects, is taken at that word
 * (§7025(c)(4)). A failure is logged and tried again with the next request.
 */
export async function honourPrivacySignal(
  { caller, database, clock, log }: Pick<ComplianceContext, 'caller' | 'database' | 'clock' | 'log'>,
  honoured: HonouredSignals,
): Promise<void> {
  const { organizationId, accountId } = caller;
  if (!caller.globalPrivacyControl || caller.kind !== 'CLIENT') return;
  if (organizationId === null || accountId === null) return;
  const key = `${organizationId}|${accountId}`;
  if (honoured.has(key)) return;
  try {
    await database.transaction(organizationId, (tx) =>
      writeDown(tx, { caller, clientId: accountId, now: clock() }),
    );
    for (const oldest of honoured) if (honoured.size >= REMEMBERED_MAX) honoured.delete(oldest);
    honoured.add(key);
  } catch (error) {
    log.error({ err: error }, 'a privacy signal could not be written down');
  }
}

async function writeDown(
  tx: Transaction,
  { caller, clientId, now }: { caller: Caller; clientId: string; now: Date },
): Promise<void> {
  for (const { id: purpose, channels } of PURPOSES.filter(({ sharesData }) => sharesData)) {
    for (const channel of channels) {
      const place = { clientId, purpose, channel };
      await lockConsent(tx, place);
      if (await isWritten(tx, place)) continue;
      await changeConsent(tx, { caller, ...place, document: null, signal: 'gpc', now });
    }
  }
}

async function isWritten(
  tx: Transaction,
  { clientId, purpose, channel }: { clientId: string; purpose: string; channel: string },
): Promise<boolean> {
  const rows = await tx.query(
    `SELECT 1 FROM consent_event
     WHERE organization_id = $1 AND client_id = $2 AND purpose = $3 AND channel = $4 AND kind = 'gpc'`,
    [tx.organizationId, clientId, purpose, channel],
  );
  return rows.length > 0;
}
