import { PASSPORT_HEADER, openPassportVerifier, type PassportKey } from '@kept/passport';
import { json, type Clock, type Route } from '@kept/subgraph-kit';

/** The control feed that identity would serve: empty at first, then whatever a test says. */
export interface ControlFeed {
  readonly route: Route;
  /** How many gateways follow now. */
  readonly followers: () => number;
  /** Says a line to everybody who follows, and what stands there when somebody new comes. */
  say(line: object, snapshot?: readonly object[]): void;
  /** Cuts every connection; until `open`, new ones are refused. */
  close(): void;
  open(): void;
}

const ALIVE_MS = 1_000;

/** Opens the feed. It checks passports as identity does. */
export function openControlFeed({ key, clock }: { key: PassportKey; clock: Clock }): ControlFeed {
  const verifier = openPassportVerifier({ service: 'identity', keys: [key], clock });
  const following = new Set<(line: string | null) => void>();
  let snapshot: readonly object[] = [];
  let closed = false;

  async function* follow(signal: AbortSignal): AsyncGenerator<string> {
    const lines: (string | null)[] = [...snapshot, { type: 'complete' }].map((line) => JSON.stringify(line));
    let wake: () => void = () => undefined;
    const hear = (line: string | null) => {
      lines.push(line);
      wake();
    };
    following.add(hear);
    const timer = setInterval(() => hear('{"type":"alive"}'), ALIVE_MS);
    signal.addEventListener('abort', () => hear(null), { once: true });
    try {
      for (;;) {
        const line = lines.shift();
        if (line === null) return;
        if (line === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else yield line;
      }
    } finally {
      clearInterval(timer);
      following.delete(hear);
    }
  }

  return {
    route: {
      method: 'GET',
      path: '/control/feed',
      handle: ({ headers }) => {
        const caller = verifier.verify(String(headers[PASSPORT_HEADER]), Buffer.alloc(0));
        const isFollower = caller.kind === 'SERVICE' && caller.operationName === 'control-feed';
        if (closed || !isFollower) return json(closed ? 503 : 401, {});
        return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, lines: follow };
      },
    },
    followers: () => following.size,
    say(line, all = snapshot) {
      snapshot = all;
      for (const hear of following) hear(JSON.stringify(line));
    },
    close() {
      closed = true;
      for (const hear of following) hear(null);
    },
    open: () => void (closed = false),
  };
}
