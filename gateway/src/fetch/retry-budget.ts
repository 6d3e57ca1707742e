const TOKENS_MAX = 10;
// One retry for ten requests that went well: a subgraph that is dying gets a tenth more load, not twice as much.
const TOKENS_PER_SUCCESS = 0.1;

export interface RetryBudget {
  earn(): void;
  /** Whether one more retry is in the budget; takes it if so. */
  spend(): boolean;
}

/**
 * Retries repair single broken connections. When everything breaks they are the second half of the outage, so they are
 * paid for by successes (Google SRE book, "Handling Overload": per-client retry budget of 10 %).
 */
export function openRetryBudget(): RetryBudget {
  let tokens = TOKENS_MAX;
  return {
    earn() {
      tokens = Math.min(TOKENS_MAX, tokens + TOKENS_PER_SUCCESS);
    },
    spend() {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
