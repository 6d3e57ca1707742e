import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { publish } from '@kept/events';
import type { Caller } from '@kept/passport';
import { invariant } from '@kept/subgraph-kit';
import { admitEntry } from '../audit/admit-entry.ts';
import { Consent } from './consent.ts';
import type { PolicyDocument } from './policy-document.ts';

/** What a person said, before it is written down. */
export interface Statement {
  caller: Caller;
  clientId: string;
  purpose: string;
  channel: string;
  /** The words agreed to; null says no. */
  document: PolicyDocument | null;
  /** Who said it for them: their browser, by Global Privacy Control. Nothing: they did, through the graph. */
  signal?: 'gpc';
  now: Date;
}

/** Writes down what a person said: the event that proves it, where they stand now, and word to those who act on it. */
export async function changeConsent(
  tx: Transaction,
  statement: Statement,
): Promise<{ consentId: string; receiptId: string }> {
  const { caller, clientId, purpose, channel, document, now } = statement;
  const { consent, isNew } = await findConsent(tx, statement);
  const before = consent.state;
  if (document === null) consent.withdraw(now);
  else consent.give(document.hash, now);
  await tx.manager.save(consent);
  const receiptId = randomUUID();
  await tx.query(
    `INSERT INTO consent_event
       (id, organization_id, consent_id, client_id, purpose, channel, kind, document_hash, document_major, language,
        method, actor_kind, actor_id, request_id, occurred_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      receiptId,
      tx.organizationId,
      consent.id,
      clientId,
      purpose,
      channel,
      statement.signal ?? kindOf({ gave: document !== null, isNew, before }),
      document?.hash ?? null,
      document?.major ?? null,
      document?.language ?? null,
      statement.signal === 'gpc' ? 'sec-gpc' : 'graph',
      caller.kind,
      caller.accountId,
      caller.requestId,
      now,
    ],
  );
  await publish(tx, 'consent.changed', { clientId, purpose, channel, state: consent.state });
  await recordChange(tx, { statement, consent });
  return { consentId: consent.id, receiptId };
}

function kindOf({ gave, isNew, before }: { gave: boolean; isNew: boolean; before: Consent['state'] }) {
  if (!gave) return isNew ? 'refused' : 'withdrawn';
  return isNew || before !== 'GIVEN' ? 'given' : 'renewed';
}

type Place = Pick<Statement, 'clientId' | 'purpose' | 'channel'>;

/** Two answers of one person to one question take turns: the row may not exist yet, so there is nothing else to lock. */
export async function lockConsent(tx: Transaction, { clientId, purpose, channel }: Place): Promise<void> {
  invariant(tx.organizationId !== null, 'a consent is given to an organization');
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `consent|${[tx.organizationId, clientId, purpose, channel].join('|')}`,
  ]);
}

async function findConsent(
  tx: Transaction,
  { clientId, purpose, channel }: Place,
): Promise<{ consent: Consent; isNew: boolean }> {
  await lockConsent(tx, { clientId, purpose, channel });
  invariant(tx.organizationId !== null, 'a consent is given to an organization');
  const place = { organizationId: tx.organizationId, clientId, purpose, channel };
  const found = await tx.manager.findOneBy(Consent, place);
  if (found !== null) return { consent: found, isNew: false };
  return {
    consent: Object.assign(new Consent(), { id: randomUUID(), documentHash: null, ...place }),
    isNew: true,
  };
}

async function recordChange(
  tx: Transaction,
  { statement, consent }: { statement: Statement; consent: Consent },
): Promise<void> {
  const { caller, clientId, purpose, channel, now } = statement;
  await admitEntry(tx, {
    id: randomUUID(),
    service: 'compliance',
    now,
    facts: {
      action: consent.state === 'GIVEN' ? 'consent_given' : 'consent_withdrawn',
      actor: { kind: caller.vendor ? 'VENDOR' : caller.kind, id: caller.accountId },
      subject: { type: 'Consent', id: consent.id },
      dataSubjectId: clientId,
      occurredAt: now.toISOString().replace('Z', '000Z'),
      requestId: caller.requestId,
      outcome: 'success',
      details: { purpose, channel, ...(statement.signal && { signal: statement.signal }) },
    },
  });
}
