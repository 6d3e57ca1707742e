import { z } from 'zod';

/** What the operator knows of addresses (docs/operations.md, "Risk"); nothing is known without. */
export const addressBookSettings = {
  /** The same setting and file as the gateway's: countries, or better towns with coordinates. */
  KEPT_COUNTRY_DATABASE: z.string().optional(),
  KEPT_PROVIDER_DATABASE: z.string().optional(),
  KEPT_ANONYMOUS_DATABASE: z.string().optional(),
} as const;

export type AddressBookSettings = {
  readonly [Name in keyof typeof addressBookSettings]?: string | undefined;
};
