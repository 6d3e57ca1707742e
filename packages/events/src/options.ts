import type { Database } from '@kept/database';
import type { Carrier, Log } from '@kept/jobs';
import type { KeyLike } from './keys.ts';
import type { ServiceName } from './services.ts';

/** What both ends of the transport need. Both sign and both verify: events one way, acknowledgements the other. */
export interface EventsOptions {
  database: Database;
  carrier: Carrier;
  service: ServiceName;
  /** This service's own Ed25519 key. */
  signingKey: KeyLike;
  /** The public keys of the others, by service. */
  trustedKeys: Readonly<Record<string, KeyLike>>;
  clock: () => Date;
  log: Log;
}
