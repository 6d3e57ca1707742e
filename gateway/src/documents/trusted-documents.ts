import type { Clock, Logger } from '@kept/subgraph-kit';
import { openDocumentSet, type DocumentSet } from './document-set.ts';
import { ManifestRefused, type Manifest } from './manifest.ts';
import { readManifests, stateOf, type CheckDocument } from './read-manifests.ts';

/** The documents that apps of ours were built with, as they are now. */
export interface TrustedDocuments {
  current(): DocumentSet;
  stop(): Promise<void>;
}

interface Options {
  /** Without one there are no trusted documents: everything is asked by its text. */
  readonly directory: string | undefined;
  readonly check: CheckDocument;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often the directory is looked at. Polled, because mounted volumes tell nobody that they changed. */
  readonly pollMs?: number;
}

const POLL_MS = 2_000;

/**
 * Reads the manifests and keeps them current: a changed directory takes the place of the set before whole, or not at all
 * and says why in the log. Throws at the start when a manifest cannot be used, or when there is none.
 */
export async function openTrustedDocuments(options: Options): Promise<TrustedDocuments> {
  const { directory, check, clock, log } = options;
  if (directory === undefined) {
    const none = openDocumentSet([], clock());
    return { current: () => none, stop: () => Promise.resolve() };
  }
  let state = await stateOf(directory);
  let manifests = await readManifests(directory, check);
  let set = openDocumentSet(manifests, clock());
  if (set.size === 0) throw new ManifestRefused([`There is no document in ${directory}.`]);
  report(set, { log, manifests, before: [] });

  const use = (next: readonly Manifest[]) => {
    const before = set.retired;
    manifests = [...next];
    set = openDocumentSet(manifests, clock());
    report(set, { log, manifests, before });
  };
  const look = async () => {
    const now = await stateOf(directory);
    if (now !== state) {
      // A state that was refused is not read again; the next change is.
      state = now;
      use(await readManifests(directory, check));
    } else if (set.changesAt <= clock().getTime()) use(manifests);
  };
  let underWay: Promise<void> | undefined;
  const timer = setInterval(() => {
    underWay ??= look()
      .catch((error: unknown) =>
        log.error({ err: error }, 'changed manifests of documents are not used; those before still count'),
      )
      .finally(() => (underWay = undefined));
  }, options.pollMs ?? POLL_MS);
  timer.unref();
  return {
    current: () => set,
    async stop() {
      clearInterval(timer);
      await underWay;
    },
  };
}

function report(
  set: DocumentSet,
  { log, manifests, before }: { log: Logger; manifests: readonly Manifest[]; before: readonly Manifest[] },
): void {
  for (const { file, app, publishedAt } of set.retired) {
    if (before.some((known) => known.file === file)) continue;
    log.warn(
      { file, app, publishedAt: publishedAt?.toISOString() },
      'a manifest was replaced over a year ago and is dropped: apps of it must be updated',
    );
  }
  log.info({ manifests: manifests.length, documents: set.size }, 'trusted documents read');
}
