import type { Clock, Lifetime, Logger } from '@kept/subgraph-kit';
import type { Operations } from '../operations/prepared-operation.ts';
import { checkWith } from './check-document.ts';
import { openTrustedDocuments, type TrustedDocuments } from './trusted-documents.ts';

/** Which documents are answered. */
export interface DocumentOptions {
  /** Of manifests; without it there is no trusted document. */
  readonly directory: string | undefined;
  /** Whether documents that no app was built with are answered too: in development. */
  readonly adHoc: boolean;
}

/** The documents for the desk at the edge; `lifetime` stops looking after their directory. */
export async function openDocumentsDesk(
  { directory, adHoc }: DocumentOptions = { directory: undefined, adHoc: true },
  parts: { readonly operations: () => Operations; readonly clock: Clock; readonly log: Logger },
  lifetime: Lifetime,
): Promise<{ documents: TrustedDocuments; adHoc: boolean }> {
  const check = (text: string) => checkWith(parts.operations())(text);
  const documents = await openTrustedDocuments({ directory, check, clock: parts.clock, log: parts.log });
  lifetime.onStop('documents', () => documents.stop());
  return { documents, adHoc };
}
