import { Stripe } from 'stripe';
import { z } from 'zod';

/** On both sides: a delivery dated tomorrow is as false as one from yesterday. */
const AGE_SECONDS_MAX = 300;

const eventSchema = z.object({
  id: z.string().regex(/^evt_[A-Za-z0-9_]{1,200}$/),
  type: z.string().regex(/^[a-z0-9_.]{1,100}$/),
});

export type WebhookEvent = z.infer<typeof eventSchema>;

/**
 * The name of an event whose signature and age are right, else null. The age is checked here and first: the SDK accepts
 * a header dated any time in the future. The SDK then compares the signature over the raw bytes;
 * with several secrets one of them must fit, so that a secret can be rotated.
 */
export function verifyWebhook(delivery: {
  body: Buffer;
  header: string | string[] | undefined;
  secrets: readonly string[];
  now: Date;
}): WebhookEvent | null {
  const { body, header, secrets, now } = delivery;
  if (typeof header !== 'string' || body.length === 0) return null;
  const signedAt = /(?:^|,)t=(\d{1,12})(?:,|$)/.exec(header)?.[1];
  if (signedAt === undefined) return null;
  if (Math.abs(now.getTime() / 1000 - Number(signedAt)) > AGE_SECONDS_MAX) return null;
  for (const secret of secrets) {
    try {
      // The time of receipt is ours, not the SDK's own clock.
      const event = Stripe.webhooks.constructEvent(
        body,
        header,
        secret,
        AGE_SECONDS_MAX,
        undefined,
        now.getTime(),
      );
      const read = eventSchema.safeParse(event);
      return read.success ? read.data : null;
    } catch {
      // Signed with another secret, or not at all: the next one may fit.
    }
  }
  return null;
}
