import { purposesOf, type Audience, type Purpose } from '@kept/access-policy';

export const CLIENT_KINDS = ['web', 'mobile', 'staff', 'server'] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** The app that sends a request, and why it may ask for personal data. Says nothing about who uses it. */
export interface ClientApp {
  /** What the app calls itself; null when it does not say. Believed where the registry knows it. */
  readonly id: string | null;
  readonly kind: ClientKind | 'unknown';
  readonly version: string | null;
  /** What it may say it asks for, and what counts when it says nothing, for callers of these audiences. */
  purposesFor(audiences: readonly Audience[]): AppPurposes;
}

export interface AppPurposes {
  readonly usual: readonly Purpose[];
  readonly allowed: readonly Purpose[];
}

const NONE: AppPurposes = { usual: [], allowed: [] };

/** The app of an installation without a registry: its purposes are those that the caller's roles need. */
export const builtInApp = (said: { id: string | null; version: string | null }): ClientApp => ({
  ...said,
  kind: 'unknown',
  purposesFor(audiences) {
    const natural = purposesOf(audiences);
    return { usual: natural, allowed: natural };
  },
});

/** An app that the registry does not know: it has no purpose, so it sees nothing personal. */
export const unknownApp = (said: { id: string | null; version: string | null }): ClientApp => ({
  ...said,
  kind: 'unknown',
  purposesFor: () => NONE,
});
