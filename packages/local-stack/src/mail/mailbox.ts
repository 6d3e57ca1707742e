import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the SMTP conversation said, and what a list needs; the mail itself lies beside it, byte for byte. */
export interface MailEnvelope {
  id: string;
  receivedAt: string;
  from: string;
  to: string[];
  subject: string;
}

/** Mails in a directory: they survive a restart, and the oldest make room. */
export interface Mailbox {
  add(mail: Omit<MailEnvelope, 'id' | 'receivedAt'>, source: Buffer): Promise<MailEnvelope>;
  /** Newest first. */
  list(filter?: { to?: string | undefined }): MailEnvelope[];
  source(id: string): Promise<Buffer | null>;
}

const isId = (text: string): boolean => /^\d{15}-[0-9a-f]{8}$/.test(text);

async function readEnvelopes(directory: string): Promise<MailEnvelope[]> {
  const envelopes: MailEnvelope[] = [];
  for (const file of (await readdir(directory)).toSorted()) {
    if (!file.endsWith('.json')) continue;
    // A half-written file of a killed process is not a reason to lose the others.
    const text = await readFile(join(directory, file), 'utf8');
    try {
      const envelope = JSON.parse(text) as MailEnvelope;
      if (isId(envelope.id)) envelopes.push(envelope);
    } catch {
      await rm(join(directory, file), { force: true });
    }
  }
  return envelopes;
}

export async function openMailbox(options: { directory: string; mailsMax: number }): Promise<Mailbox> {
  const { directory, mailsMax } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const envelopes = await readEnvelopes(directory);
  const path = (id: string, ending: 'eml' | 'json'): string => join(directory, `${id}.${ending}`);

  const makeRoom = async (): Promise<void> => {
    while (envelopes.length > mailsMax) {
      const oldest = envelopes.shift();
      if (oldest)
        await Promise.all([
          rm(path(oldest.id, 'json'), { force: true }),
          rm(path(oldest.id, 'eml'), { force: true }),
        ]);
    }
  };

  return {
    add: async (mail, source) => {
      const now = new Date();
      // The time leads, so that names sort as the mails came.
      const id = `${String(now.getTime()).padStart(15, '0')}-${randomUUID().slice(0, 8)}`;
      const envelope: MailEnvelope = { id, receivedAt: now.toISOString(), ...mail };
      await writeFile(path(id, 'eml'), source, { mode: 0o600 });
      await writeFile(`${path(id, 'json')}.new`, JSON.stringify(envelope), { mode: 0o600 });
      await rename(`${path(id, 'json')}.new`, path(id, 'json'));
      envelopes.push(envelope);
      await makeRoom();
      return envelope;
    },
    list: ({ to } = {}) => {
      const wanted = to?.toLowerCase();
      return envelopes.filter((mail) => wanted === undefined || mail.to.includes(wanted)).toReversed();
    },
    source: async (id) => (isId(id) ? readFile(path(id, 'eml')).catch(() => null) : null),
  };
}
