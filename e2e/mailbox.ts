// Reads the local mail sink as a person would: which mails came to this address?
import { eventually } from '@kept/testing';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Of the client's request that the mail comes of; null when nobody asked for it. */
  readonly requestId: string | null;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly content: string;
  }[];
}

/** Every mail to this address, oldest first. */
export async function mailsTo(mailboxUrl: string, address: string): Promise<readonly Mail[]> {
  const response = await fetch(`${mailboxUrl}/api/messages?to=${encodeURIComponent(address)}`);
  return ((await response.json()) as { messages: readonly Mail[] }).messages;
}

/** Waits for a mail to this address whose subject fits, and returns the newest such. */
export async function mailArrives(mailboxUrl: string, address: string, subject: RegExp): Promise<Mail> {
  return eventually(
    async () => {
      const mail = (await mailsTo(mailboxUrl, address)).findLast((candidate) =>
        subject.test(candidate.subject),
      );
      if (!mail) throw new Error(`No mail about ${String(subject)} came to ${address}.`);
      return mail;
    },
    { withinMs: 30_000, everyMs: 100 },
  );
}

/** The code of eight digits in a mail. */
export function codeIn(mail: Mail): string {
  const code = /\b\d{8}\b/.exec(mail.text)?.[0];
  if (!code) throw new Error('The mail holds no code.');
  return code;
}
