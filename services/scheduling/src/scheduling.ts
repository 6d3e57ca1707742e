import type { KeyObject } from 'node:crypto';
import type { Database, Transaction } from '@kept/database';
import type { Keyring } from '@kept/field-encryption';
import type { Outbound } from '@kept/outbound';
import type { Caller } from '@kept/passport';
import { refused, type Clock, type Logger } from '@kept/subgraph-kit';
import type { ManageLinkSettings } from './links/link-for-mail.ts';
import type { Requests } from './requests/open-requests.ts';

/** What this process has opened, for use cases, handlers and jobs alike. */
export interface Scheduling {
  readonly database: Database;
  readonly keyring: Keyring;
  /** The way out to addresses that other people chose. */
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly log: Logger;
  /** Signs quotes and the histories of bookings. */
  readonly signingKey: KeyObject;
  /** Public halves of keys that signed histories before, so that these still count after a rotation. */
  readonly pastSigningKeys?: readonly KeyObject[];
  /** Keys and difficulty of requests that nobody has signed. */
  readonly requests: Requests;
  /** What links in mails need; without it mails carry none. */
  readonly manageLinks?: ManageLinkSettings | undefined;
  /** Wakes the reminder at its time; a hint, the row is the truth. */
  readonly wakeReminder: (reminder: { id: string; organizationId: string; dueAt: Date }) => void;
  /** Wakes whoever offers free times to those who wait; a hint, the sweep finds what it missed. */
  readonly wakeWaitlist: (wake: {
    organizationId: string;
    at: Date;
    around: { from: Date; to: Date } | null;
  }) => void;
}

/** One transaction in the organization that the caller asks. */
export function inOrganization<T>(
  { scheduling, caller }: { scheduling: Scheduling; caller: Caller },
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  if (caller.organizationId === null) {
    throw refused.badInput('Please say which organization you ask: send the header kept-organization.');
  }
  return scheduling.database.transaction(caller.organizationId, work);
}
