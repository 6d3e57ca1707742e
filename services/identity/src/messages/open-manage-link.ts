import type { KeyObject } from 'node:crypto';
import { compactDecrypt } from 'jose';
import type { Logger } from '@kept/subgraph-kit';
import { z } from 'zod';

// Exactly what scheduling writes: a token's form and whose it is. An address that came sealed would make a mail of ours lead
// wherever somebody else wants, so the address is put together here, from the settings.
const content = z.strictObject({
  recipientId: z.uuid(),
  token: z.string().regex(/^[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/),
});

/**
 * The address of an appointment's page with the token behind `#`, where no server sees it; undefined when the mail carries no
 * link or none that can be opened for this recipient. The mail goes without it then: an appointment's news must not wait for a key.
 */
export async function openManageLink(
  mail: { id: string; account_id: string; sealed: string | null },
  { publicUrl, linkKeys, log }: { publicUrl: string; linkKeys: readonly KeyObject[]; log: Logger },
): Promise<string | undefined> {
  if (mail.sealed === null) return undefined;
  for (const key of linkKeys) {
    const opened = await openWith(key, mail.sealed);
    if (opened === undefined) continue;
    if (opened.recipientId !== mail.account_id) break;
    return `${publicUrl.replace(/\/+$/, '')}/manage#${opened.token}`;
  }
  // Half of the configuration, or a message that was put together by somebody else. Never what was sealed.
  log.error(
    { mailId: mail.id, keys: linkKeys.length },
    'a manage link could not be opened; the mail goes without it',
  );
  return undefined;
}

async function openWith(key: KeyObject, sealed: string): Promise<z.infer<typeof content> | undefined> {
  try {
    const { plaintext } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ['ECDH-ES+A256KW'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return content.parse(JSON.parse(Buffer.from(plaintext).toString('utf8')));
  } catch {
    return undefined;
  }
}
