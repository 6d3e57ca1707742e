import { z } from 'zod';

const ANDROID = /^android:apk-key-hash:[A-Za-z0-9_-]{43}$/;

/** What passkeys are made for: a domain, and the pages and apps on it that may ask for them. */
export interface RelyingParty {
  readonly id: string;
  readonly origins: readonly string[];
}

const originsOf = (text: string): string[] =>
  text
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');

const isOrigin = (origin: string): boolean =>
  ANDROID.test(origin) || (URL.canParse(origin) && new URL(origin).origin === origin);

/** Which domain passkeys are of, and which origins beside the public address may use them. */
export const passkeySettings = {
  KEPT_PASSKEY_DOMAIN: z
    .string()
    .regex(/^[a-z0-9.-]{1,253}$/, 'must be a domain, such as example.org')
    .optional(),
  KEPT_WEB_ORIGINS: z
    .string()
    .refine(
      (text) => originsOf(text).every(isOrigin),
      'must be origins such as https://app.example.org or android:apk-key-hash:…, separated by commas',
    )
    .optional(),
};

/**
 * From the settings: the domain of the public address unless another is set. An origin on another domain is refused at
 * the start: browsers would not let it use these passkeys anyway (WebAuthn Level 3, §5.1.2), and a typing error should be seen.
 */
export function openRelyingParty(settings: {
  readonly publicUrl: string;
  readonly domain?: string | undefined;
  readonly origins?: string | undefined;
}): RelyingParty {
  const { hostname, origin } = new URL(settings.publicUrl);
  const id = settings.domain ?? hostname;
  const origins = [...new Set([origin, ...originsOf(settings.origins ?? '')])];
  for (const each of origins) {
    if (ANDROID.test(each)) continue;
    const host = new URL(each).hostname;
    if (host !== id && !host.endsWith(`.${id}`))
      throw new Error(`KEPT_PASSKEY_DOMAIN is ${id}, but ${each} is not on that domain.`);
  }
  return { id, origins };
}
