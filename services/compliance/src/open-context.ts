import type { KeyObject } from 'node:crypto';
import type { Database } from '@kept/database';
import type { RequestContext } from '@kept/subgraph-kit';
import { honourPrivacySignal, type HonouredSignals } from './consent/honour-privacy-signal.ts';
import type { ComplianceContext } from './context.ts';

/** Makes what each request's resolvers know. What a client's browser says of sharing is written down before anything else. */
export function openContext(parts: { database: Database; publicKey: KeyObject }) {
  const honoured: HonouredSignals = new Set();
  return async (request: RequestContext): Promise<ComplianceContext> => {
    const context = { ...request, ...parts };
    await honourPrivacySignal(context, honoured);
    return context;
  };
}
