// The control feed as a gateway follows it, with everything that was said. Used by tests only.
import { get } from 'node:http';
import { PASSPORT_HEADER } from '@kept/passport';
import { eventually } from '@kept/testing';
import { FEED_PATH } from './feed-route.ts';
import type { Withdrawal } from './withdrawals.ts';

interface Line {
  readonly type: string;
  readonly withdrawals?: readonly Withdrawal[];
  readonly isolations?: readonly { kind: string; target: string; until: string }[];
}

/** Reads the feed of the identity at `url` until `leave`. */
export function followFeed(url: string, passport: string) {
  const lines: Line[] = [];
  const request = get(`${url}${FEED_PATH}`, { headers: { [PASSPORT_HEADER]: passport } }, (response) => {
    let rest = '';
    response.setEncoding('utf8').on('error', () => undefined);
    response.on('data', (chunk: string) => {
      const whole = (rest + chunk).split('\n');
      rest = whole.pop() ?? '';
      lines.push(...whole.map((line) => JSON.parse(line) as Line));
    });
  }).on('error', () => undefined);
  return {
    lines,
    complete: () => eventually(() => lines.some(({ type }) => type === 'complete')),
    /** What was said of this after the snapshot. */
    told: (kind: Withdrawal['kind'], id: string | null) =>
      lines
        .filter(({ type }) => type === 'withdrawn')
        .flatMap(({ withdrawals = [] }) => withdrawals)
        .filter((withdrawal) => withdrawal.kind === kind && withdrawal.id === id),
    leave: () => void request.destroy(),
  };
}
