import { setting, tlsSettings } from '@kept/subgraph-kit';

/** How the gateway listens; the certificate's settings are those of every process. */
export const edgeSettings = {
  ...tlsSettings,
  KEPT_PLAIN_PORT: setting.port.optional(),
};
