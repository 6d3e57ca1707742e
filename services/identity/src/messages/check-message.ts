import { organizationOf, type Identity } from '../identity.ts';
import type { Caller } from '@kept/passport';
import { mailCodeHash, sentToPlace, type MailKind } from './mail-mark.ts';

export interface MessageCheck {
  readonly genuine: boolean;
  readonly kind: MailKind | null;
  readonly sentAt: Date | null;
  readonly sentTo: string | null;
}

const UNKNOWN: MessageCheck = { genuine: false, kind: null, sentAt: null, sentTo: null };

/** Whether a mail with this code is ours. Everything that is not gets the same answer. */
export async function checkMessage(
  identity: Identity,
  { caller, code }: { caller: Caller; code: string },
): Promise<MessageCheck> {
  const organizationId = organizationOf(caller);
  const hash = mailCodeHash(identity.secrets, organizationId, code);
  if (hash === null) return UNKNOWN;
  return identity.database.transaction(organizationId, async (tx) => {
    const [mark] = await tx.query<{
      id: string;
      account_id: string;
      kind: MailKind;
      sent_at: Date;
      sent_to: Buffer | null;
    }>('SELECT id, account_id, kind, sent_at, sent_to FROM mail_mark WHERE code_hash = $1', [hash]);
    if (!mark) return UNKNOWN;
    const sentTo = await identity.keyring.open(tx, sentToPlace(mark.account_id, mark.id), mark.sent_to);
    return { genuine: true, kind: mark.kind, sentAt: mark.sent_at, sentTo };
  });
}
