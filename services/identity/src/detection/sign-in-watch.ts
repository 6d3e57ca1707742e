import type { Identity } from '../identity.ts';
import { countFailure } from './count-failure.ts';
import type { VolumeStore } from './volume-store.ts';

/** A sign-in that failed, or was refused unseen. */
export interface FailedSignIn {
  readonly organizationId: string;
  /** A keyed hash of the address, whether anybody has it or not. */
  readonly identifier: Buffer;
  readonly accountId: string | null;
  readonly networkAddress: string | null;
  readonly isKnownDevice: boolean;
  readonly requestId: string | null;
}

/** Watches for attacks behind the back of whoever signs in: nobody waits for it, and no answer is slower for it. */
export interface SignInWatch {
  failed(failure: FailedSignIn): void;
  /** Resolves when everything that was noticed so far is counted. */
  settled(): Promise<void>;
}

/** More than this at once are not counted: by then every detector has long seen the attack. */
const AT_ONCE_MAX = 500;

/**
 * Counts failures one after another per process: an attack must not take the connections of those who sign in.
 * Never throws; what cannot be counted is said to `onError`.
 */
export function openSignInWatch(
  parts: Omit<Identity, 'watch'>,
  { volume, onError }: { volume: VolumeStore; onError: (error: unknown) => void },
): SignInWatch {
  let waiting = 0;
  let last = Promise.resolve();
  return {
    failed(failure) {
      if (waiting >= AT_ONCE_MAX) return;
      waiting += 1;
      last = last
        .then(() => countFailure(parts, volume, failure))
        .catch(onError)
        .finally(() => {
          waiting -= 1;
        });
    },
    settled: () => last,
  };
}
