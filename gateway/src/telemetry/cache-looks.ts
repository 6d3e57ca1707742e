/** What this process works out once and keeps. */
export type CacheName = 'tokens' | 'prepared' | 'plans';

const looks: Record<CacheName, { hit: number; miss: number }> = {
  tokens: { hit: 0, miss: 0 },
  prepared: { hit: 0, miss: 0 },
  plans: { hit: 0, miss: 0 },
};

/** Counts one look into a cache. Two additions: it stands on the way of every request. */
export function noteLook(cache: CacheName, found: boolean): void {
  looks[cache][found ? 'hit' : 'miss'] += 1;
}

/** How often each cache was asked since the process began, and how often in vain. */
export const cacheLooks = (): Readonly<typeof looks> => looks;
