import { ApiError } from './api-error.ts';
import { anyObject, oneOf, readParameters } from './parameters.ts';
import type { Call } from './routes.ts';
import type { PaymentIntent, SetupIntent } from './wire-objects.ts';

/** Where the cardholder's bank asks them: a page of ours that whoever knows the intent's secret may see. */
export function askCardholder(call: Call, intent: PaymentIntent | SetupIntent, returnUrl?: string): void {
  const secret = encodeURIComponent(intent.client_secret);
  const url = `${call.simulator.publicUrl()}/authenticate/${intent.id}?client_secret=${secret}`;
  intent.status = 'requires_action';
  intent.next_action =
    returnUrl === undefined
      ? { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url } }
      : { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } };
}

/** `payment_method_options[card][request_three_d_secure]`: the shop insists on the cardholder's bank. */
export function isDemanded(options: Record<string, unknown> | undefined): boolean {
  const { card } = readParameters(options ?? {}, { card: anyObject });
  const given = readParameters(card ?? {}, {
    request_three_d_secure: oneOf('automatic', 'any', 'challenge'),
  });
  return given.request_three_d_secure === 'any' || given.request_three_d_secure === 'challenge';
}

/** A publishable key is public: it opens an intent only together with that intent's own secret. */
export function requireSecret(
  call: Call,
  intent: { client_secret: string },
  secret: string | undefined,
): void {
  if (secret === intent.client_secret || (secret === undefined && !call.publishable)) return;
  throw new ApiError('The client_secret provided does not match the client_secret of this object.', {
    status: 401,
    code: 'resource_missing',
    parameter: 'client_secret',
    beforeExecution: true,
  });
}
