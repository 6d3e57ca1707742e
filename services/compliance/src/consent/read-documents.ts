import type { Transaction } from '@kept/database';
import { PolicyDocument } from './policy-document.ts';

const FALLBACK_LANGUAGE = 'en';

/** The major version that counts now, 0 when nothing was published. */
export async function currentMajor(tx: Transaction, purpose: string): Promise<number> {
  const [row] = await tx.query<{ major: number | null }>(
    'SELECT max(major) AS major FROM policy_document WHERE organization_id = $1 AND purpose = $2',
    [tx.organizationId, purpose],
  );
  return row?.major ?? 0;
}

/** The words to show now: in the language asked for if the current version speaks it, else in English, else in any. */
export async function currentDocument(
  tx: Transaction,
  { purpose, language }: { purpose: string; language: string },
): Promise<PolicyDocument | null> {
  const documents = await tx.manager.find(PolicyDocument, {
    where: { organizationId: tx.organizationId ?? '', purpose, major: await currentMajor(tx, purpose) },
    order: { minor: 'DESC' },
    take: 100,
  });
  const inLanguage = (wanted: string) =>
    documents.find((document) => document.language === wanted) ??
    documents.find((document) => document.language === wanted.split('-', 1)[0]);
  return inLanguage(language) ?? inLanguage(FALLBACK_LANGUAGE) ?? documents[0] ?? null;
}

/** The document of this hash, if its words still count: of the current major version, in whatever language. */
export async function documentInForce(
  tx: Transaction,
  { purpose, hash }: { purpose: string; hash: string },
): Promise<PolicyDocument | null> {
  if (!/^[0-9a-f]{64}$/.test(hash)) return null;
  const document = await tx.manager.findOneBy(PolicyDocument, {
    organizationId: tx.organizationId ?? '',
    purpose,
    hash,
  });
  return document?.major === (await currentMajor(tx, purpose)) ? document : null;
}
