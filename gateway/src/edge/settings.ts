import { setting, tlsSettings } from '@kept/subgraph-kit';
import { z } from 'zod';

/** How the gateway listens, and what it serves; the certificate's settings are those of every process. */
export const edgeSettings = {
  ...tlsSettings,
  KEPT_PLAIN_PORT: setting.port.optional(),
  KEPT_CHANGE_PASSWORD_URL: setting.url.optional(),
  KEPT_SUPERGRAPH_FILE: z.string().optional(),
};
