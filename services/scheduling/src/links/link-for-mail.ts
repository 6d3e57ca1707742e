import type { KeyObject } from 'node:crypto';
import type { Transaction } from '@kept/database';
import { CompactEncrypt } from 'jose';
import type { Booking } from '../bookings/booking.ts';
import { LINK_ACTIONS, makeLink } from './manage-link.ts';

/** What links in mails need. Without it mails carry none, and everything else works. */
export interface ManageLinkSettings {
  /** The address below which the page of links is. */
  readonly publicUrl: string;
  /** X25519: seals a token so that identity alone can open it. */
  readonly sealingKey: KeyObject;
}

// Each mail has a link of its own, or the confirmation's would be dead once the reminder has come. The oldest end.
const LIVE_LINKS_MAX = 5;

/**
 * A new link for a mail to the client, sealed for identity (JWE, ECDH-ES+A256KW with A256GCM): in the outbox, in queues and in
 * compliance's hands nobody can read it. It names its recipient, so that it fits into no other person's mail.
 */
export async function linkForMail(
  tx: Transaction,
  { manageLinks }: { readonly manageLinks?: ManageLinkSettings | undefined },
  { booking, now }: { booking: Booking; now: Date },
): Promise<string | undefined> {
  if (manageLinks === undefined) return undefined;
  const { token } = await makeLink(tx, {
    booking,
    actions: LINK_ACTIONS,
    madeFor: 'MAIL',
    expiresAt: null,
    now,
    atMost: LIVE_LINKS_MAX,
  });
  const content = JSON.stringify({ recipientId: booking.clientId, token });
  return new CompactEncrypt(Buffer.from(content))
    .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM' })
    .encrypt(manageLinks.sealingKey);
}
