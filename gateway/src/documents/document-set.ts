import type { Purpose } from '@kept/access-policy';
import { stripIgnoredCharacters } from 'graphql';
import type { Manifest } from './manifest.ts';

/** A document that an app of ours was built with. */
export interface TrustedDocument {
  /** Its text, as its build wrote it; the one under which it is prepared, however it was asked for. */
  readonly text: string;
  /** Why this app asks it, if its manifest says so; undefined leaves it to the app's usual purposes. */
  purposesOf(app: string | null, operationName: string | null): readonly Purpose[] | undefined;
}

/** What may be asked at one moment. Never changes: another set takes its place. */
export interface DocumentSet {
  readonly size: number;
  /** By its SHA-256 or SHA-1 in lower-case hexadecimal. */
  byId(id: string): TrustedDocument | undefined;
  /** By its text; spaces, line ends, commas and comments do not matter. */
  byText(text: string): TrustedDocument | undefined;
  /** Whether a document of this id was dropped because the app that asks it is too old. */
  isRetired(id: string): boolean;
  readonly retired: readonly Manifest[];
  /** When the next manifest is dropped, in milliseconds since the epoch. */
  readonly changesAt: number;
}

/** How long a manifest serves after the app's next one was published: installed apps are updated when people like to. */
export const SERVES_MS = 366 * 24 * 60 * 60 * 1000;

/** The documents of these manifests that count at `now`. */
export function openDocumentSet(manifests: readonly Manifest[], now: Date): DocumentSet {
  const endOf = endsOf(manifests);
  const isOver = (manifest: Manifest) => endOf(manifest) <= now.getTime();
  const serving = manifests.filter((manifest) => !isOver(manifest));
  const retired = manifests.filter(isOver);
  const byText = new Map<string, { text: string; manifests: Manifest[] }>();
  const byId = new Map<string, TrustedDocument>();
  const trusted = new Map<string, TrustedDocument>();
  let longest = 0;
  // The newest first: what it says of an operation's purposes counts.
  for (const manifest of serving.toSorted((one, other) => timeOf(other) - timeOf(one))) {
    for (const { text, ids } of manifest.documents) {
      const known = byText.get(text) ?? { text, manifests: [] };
      known.manifests.push(manifest);
      byText.set(text, known);
      const document = trusted.get(text) ?? trust(known);
      trusted.set(text, document);
      for (const id of ids) byId.set(id, document);
      longest = Math.max(longest, text.length);
    }
  }
  const stripped = new Map([...trusted].map(([text, document]) => [stripIgnoredCharacters(text), document]));
  const gone = new Set(retired.flatMap(({ documents }) => documents.flatMap(({ ids }) => ids)));
  return {
    size: trusted.size,
    byId: (id) => byId.get(id),
    byText: (text) => trusted.get(text) ?? byMeaning(text, { stripped, longest }),
    isRetired: (id) => !byId.has(id) && gone.has(id),
    retired,
    changesAt: Math.min(...serving.map(endOf)),
  };
}

// Only what an app's later manifest has replaced is old: the last one of an app that nobody changes serves for ever, and
// one that was replaced yesterday still has a year, whenever it was made.
function endsOf(manifests: readonly Manifest[]): (manifest: Manifest) => number {
  return ({ app, publishedAt }) => {
    if (app === null || publishedAt === null) return Infinity;
    const later = manifests
      .filter((other) => other.app === app && timeOf(other) > publishedAt.getTime())
      .map(timeOf);
    return Math.min(...later) + SERVES_MS;
  };
}

const timeOf = ({ publishedAt }: Manifest) => publishedAt?.getTime() ?? 0;

const trust = ({ text, manifests }: { text: string; manifests: readonly Manifest[] }): TrustedDocument => ({
  text,
  purposesOf(app, operationName) {
    if (operationName === null) return undefined;
    const [own] = manifests.filter((manifest) => manifest.app === app || manifest.app === null);
    return own?.purposes.get(operationName);
  },
});

// A text far longer than any of ours is none of ours, however it is written, and is not worth reading.
function byMeaning(
  text: string,
  { stripped, longest }: { stripped: ReadonlyMap<string, TrustedDocument>; longest: number },
): TrustedDocument | undefined {
  if (text.length > 2 * longest + 1_000) return undefined;
  try {
    return stripped.get(stripIgnoredCharacters(text));
  } catch {
    return undefined;
  }
}
