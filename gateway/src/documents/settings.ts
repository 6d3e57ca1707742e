import { z } from 'zod';

/** The settings of trusted documents (docs/operations.md). */
export const documentSettings = {
  /** A directory of manifests. Without it every operation is taken as it is sent, which production refuses. */
  KEPT_DOCUMENTS: z.string().min(1).optional(),
};

/** Why production does not start without manifests. */
export const DOCUMENTS_NEEDED =
  'is needed in production: the directory with the manifests of the apps’ documents (docs/clients.md)';
