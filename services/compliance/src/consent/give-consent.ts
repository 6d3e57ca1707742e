import { IdempotencyConflict, onceByKey } from '@kept/database';
import type { Transaction } from '@kept/database';
import { refused } from '@kept/subgraph-kit';
import type { ComplianceContext } from '../context.ts';
import { changeConsent } from './change-consent.ts';
import { Consent } from './consent.ts';
import { allowed } from './consent.policy.ts';
import type { PolicyDocument } from './policy-document.ts';
import { purposeOf } from './purposes.ts';
import { currentDocument, documentInForce } from './read-documents.ts';

export type ConsentOutcome =
  | { outcome: 'recorded'; consent: Consent; receiptId: string }
  | { outcome: 'outdated'; current: PolicyDocument }
  | { outcome: 'conflict' };

export interface ConsentInput {
  purpose: string;
  channel: string;
  idempotencyKey: string;
}

// What is kept for repetitions of the request: ids and states, no more.
type Stored = { outcome: 'recorded'; consentId: string; receiptId: string } | { outcome: 'outdated' };

/** A client agrees to the words they were shown, for one purpose and one channel. */
export async function giveConsent(
  context: ComplianceContext,
  input: ConsentInput & { documentHash: string },
): Promise<ConsentOutcome> {
  const { organizationId, accountId } = allowed(context, 'decideOnConsent');
  const purpose = purposeBasedOnConsent(input);
  return answering(() =>
    context.database.transaction(organizationId, async (tx) => {
      const stored = await onceByKey<Stored>(tx, requestOf(accountId, 'giveConsent', input), async () => {
        const document = await documentInForce(tx, { purpose, hash: input.documentHash });
        if (document === null) return { outcome: 'outdated' };
        const said = { clientId: accountId, purpose, channel: input.channel, document };
        return {
          outcome: 'recorded',
          ...(await changeConsent(tx, { caller: context.caller, now: context.clock(), ...said })),
        };
      });
      return answer(tx, stored, purpose);
    }),
  );
}

/** A client takes back what they agreed to, in one call. What is asked for from now on is refused. */
export async function withdrawConsent(
  context: ComplianceContext,
  input: ConsentInput,
): Promise<ConsentOutcome> {
  const { organizationId, accountId } = allowed(context, 'decideOnConsent');
  const purpose = purposeBasedOnConsent(input);
  return answering(() =>
    context.database.transaction(organizationId, async (tx) => {
      const stored = await onceByKey<Stored>(tx, requestOf(accountId, 'withdrawConsent', input), async () => {
        const said = { clientId: accountId, purpose, channel: input.channel, document: null };
        return {
          outcome: 'recorded',
          ...(await changeConsent(tx, { caller: context.caller, now: context.clock(), ...said })),
        };
      });
      return answer(tx, stored, purpose);
    }),
  );
}

function purposeBasedOnConsent({ purpose, channel }: ConsentInput): string {
  const found = purposeOf(purpose);
  if (found === undefined) throw refused.badInput('There is no such purpose.', { field: 'purpose' });
  if (found.basis === 'contract')
    throw refused.badInput('This is part of your booking and needs no consent.', { field: 'purpose' });
  if (!found.channels.some((known) => known === channel))
    throw refused.badInput('This purpose does not use that channel.', { field: 'channel' });
  return found.id;
}

function requestOf(actor: string, operation: string, { idempotencyKey, ...request }: ConsentInput) {
  return { actor, operation, key: idempotencyKey, request };
}

async function answer(tx: Transaction, stored: Stored, purpose: string): Promise<ConsentOutcome> {
  if (stored.outcome === 'recorded')
    return {
      outcome: 'recorded',
      consent: await tx.manager.findOneByOrFail(Consent, { id: stored.consentId }),
      receiptId: stored.receiptId,
    };
  const current = await currentDocument(tx, { purpose, language: 'en' });
  if (current === null) throw refused.notFound('document for this purpose');
  return { outcome: 'outdated', current };
}

async function answering(work: () => Promise<ConsentOutcome>): Promise<ConsentOutcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IdempotencyConflict) return { outcome: 'conflict' };
    throw error;
  }
}
