import { randomUUID } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { invariant } from '@kept/subgraph-kit';
import { PolicyDocument, hashOfDocument } from './policy-document.ts';
import { currentMajor } from './read-documents.ts';

export interface Draft {
  purpose: string;
  language: string;
  title: string;
  text: string;
}

/**
 * Publishes a text as the next version. MAJOR changes what is agreed, so everybody is asked again; MINOR (a spelling, a
 * translation) asks nobody. Versions count per purpose: translations of one major version mean the same.
 */
export async function publishDocument(
  tx: Transaction,
  draft: Draft,
  change: { level: 'MAJOR' | 'MINOR'; now: Date },
): Promise<PolicyDocument> {
  invariant(tx.organizationId !== null, 'a document belongs to an organization');
  // Two publishers at once take their numbers in turn.
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `policy-document|${tx.organizationId}|${draft.purpose}`,
  ]);
  const current = await currentMajor(tx, draft.purpose);
  const major = change.level === 'MAJOR' || current === 0 ? current + 1 : current;
  const [last] = await tx.query<{ minor: number | null }>(
    `SELECT max(minor) AS minor FROM policy_document
     WHERE organization_id = $1 AND purpose = $2 AND language = $3 AND major = $4`,
    [tx.organizationId, draft.purpose, draft.language, major],
  );
  const minor = last?.minor == null ? 0 : last.minor + 1;
  const document = Object.assign(new PolicyDocument(), {
    id: randomUUID(),
    organizationId: tx.organizationId,
    purpose: draft.purpose,
    language: draft.language,
    title: draft.title,
    text: draft.text,
    major,
    minor,
    hash: hashOfDocument({ ...draft, major, minor }),
    publishedAt: change.now,
  });
  await tx.manager.insert(PolicyDocument, document);
  return document;
}
