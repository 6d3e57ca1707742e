import { openOutbound } from '@kept/outbound';

/** A text message to one number. */
export interface TextMessage {
  readonly to: string;
  readonly text: string;
}

/** The way to send text messages: all that the rest of the service knows of a provider. */
export interface Texts {
  /** Hands one over. Throws `TextNotTaken`; what a provider took, it delivers or not. */
  send(message: TextMessage): Promise<void>;
  stop(): Promise<void>;
}

/** The provider did not take a message. The number stands in no word of it. */
export class TextNotTaken extends Error {
  override readonly name = 'TextNotTaken';
  /** Whether trying again is of no use: the number is none, or may not be written to. */
  readonly permanent: boolean;
  readonly status: number | null;
  constructor({ permanent, status }: { permanent: boolean; status: number | null }) {
    super(status === null ? 'the provider could not be reached' : `the provider answered ${status}`);
    this.permanent = permanent;
    this.status = status;
  }
}

const TOTAL_MS = 10_000;
const BYTES_MAX = 64 * 1024;

/**
 * Speaks the HTTP API of Twilio, which others speak as well: a form with To, From and Body to an account's messages, basic
 * authentication, 201 for what was taken. No delivery is promised by it.
 */
export function openTexts(options: {
  url: string;
  account: string;
  token: string;
  from: string;
  development: boolean;
}): Texts {
  const { account, token, from, development } = options;
  const outbound = openOutbound({ development });
  const address = new URL(`/2010-04-01/Accounts/${account}/Messages.json`, options.url);
  const value = `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`;
  return {
    async send({ to, text }) {
      const status = await outbound
        .call(address, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ To: to, From: from, Body: text }).toString(),
          authorization: { origin: address.origin, value },
          redirectsMax: 0,
          totalMs: TOTAL_MS,
          bytesMax: BYTES_MAX,
        })
        .then(
          (answer) => answer.status,
          () => null,
        );
      if (status !== null && status >= 200 && status < 300) return;
      // 429 and the provider's own trouble pass; another refusal of this message stays one.
      const permanent = status !== null && status >= 400 && status < 500 && status !== 429 && status !== 408;
      throw new TextNotTaken({ permanent, status });
    },
    stop: () => outbound.stop(),
  };
}
