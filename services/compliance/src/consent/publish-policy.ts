import { randomUUID } from 'node:crypto';
import { IdempotencyConflict, onceByKey } from '@kept/database';
import { refused, requireRecentSecondFactor } from '@kept/subgraph-kit';
import { admitEntry } from '../audit/admit-entry.ts';
import type { ComplianceContext } from '../context.ts';
import { allowed } from './consent.policy.ts';
import { PolicyDocument } from './policy-document.ts';
import { publishDocument } from './publish-document.ts';
import type { Draft } from './publish-document.ts';
import { purposeOf } from './purposes.ts';

// What people agree to is not changed from a screen that was left open.
const SIGN_IN_MAX_AGE_SECONDS = 600;
const TITLE_CHARACTERS_MAX = 200;
const TEXT_CHARACTERS_MAX = 20_000;

/** Publishes a new version of a text; null when the idempotency key was used for another one. */
export async function publishPolicy(
  context: ComplianceContext,
  input: Draft & { level: 'MAJOR' | 'MINOR'; idempotencyKey: string },
): Promise<PolicyDocument | null> {
  const { organizationId, accountId } = allowed(context, 'publish');
  requireRecentSecondFactor(context.caller, { now: context.clock(), maxAgeSeconds: SIGN_IN_MAX_AGE_SECONDS });
  const { idempotencyKey, level, ...draft } = input;
  check(draft);
  const request = {
    actor: accountId,
    operation: 'publishPolicy',
    key: idempotencyKey,
    request: { ...draft, level },
  };
  const now = context.clock();
  try {
    return await context.database.transaction(organizationId, async (tx) => {
      const { id } = await onceByKey(tx, request, async () => {
        const document = await publishDocument(tx, draft, { level, now });
        await admitEntry(tx, {
          id: randomUUID(),
          service: 'compliance',
          now,
          facts: {
            action: 'policy_published',
            actor: { kind: context.caller.vendor ? 'VENDOR' : context.caller.kind, id: accountId },
            subject: { type: 'PolicyDocument', id: document.id },
            occurredAt: now.toISOString().replace('Z', '000Z'),
            requestId: context.caller.requestId,
            outcome: 'success',
            details: { purpose: draft.purpose, language: draft.language, version: document.version },
          },
        });
        return { id: document.id };
      });
      return tx.manager.findOneByOrFail(PolicyDocument, { id });
    });
  } catch (error) {
    if (error instanceof IdempotencyConflict) return null;
    throw error;
  }
}

function check({ purpose, language, title, text }: Draft): void {
  if (purposeOf(purpose) === undefined)
    throw refused.badInput('There is no such purpose.', { field: 'purpose' });
  if (!/^[a-z]{2,3}(-[A-Z]{2})?$/.test(language))
    throw refused.badInput('A language is written like en or de-AT.', { field: 'language' });
  if (title.trim() === '' || title.length > TITLE_CHARACTERS_MAX)
    throw refused.badInput(`A title has 1 to ${TITLE_CHARACTERS_MAX} characters.`, { field: 'title' });
  if (text.trim() === '' || text.length > TEXT_CHARACTERS_MAX)
    throw refused.badInput(`A text has 1 to ${TEXT_CHARACTERS_MAX} characters.`, { field: 'text' });
  // PostgreSQL text cannot hold it, and a hash over it could not be checked.
  if (/[\u0000\ud800-\udfff]/u.test(title + text))
    throw refused.badInput('The text holds characters that cannot be stored.', { field: 'text' });
}
