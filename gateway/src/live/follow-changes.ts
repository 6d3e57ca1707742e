import { setTimeout as pause } from 'node:timers/promises';
import type { Clock, Logger } from '@kept/subgraph-kit';
import { readChanges, type ChangeLine, type ChangesAddress } from './read-changes.ts';

export interface ChangeFollower {
  /** Somebody watches: the line is opened. */
  begin(): void;
  /** Nobody watches any more: the line is closed. */
  end(): void;
}

export interface FollowOptions {
  readonly scheduling: ChangesAddress;
  readonly clock: Clock;
  readonly log: Logger;
  /** Something changed in this organization; null: anything may have changed anywhere. */
  readonly onChange: (organizationId: string | null) => void;
}

const AGAIN_MS_MIN = 200;
const AGAIN_MS_MAX = 3_000;

/** Listens to scheduling for as long as somebody watches, and goes on where it was when the line breaks. */
export function openChangeFollower(options: FollowOptions): ChangeFollower {
  let following: AbortController | undefined;
  return {
    begin() {
      if (following) return;
      following = new AbortController();
      void follow(options, following.signal);
    },
    end() {
      following?.abort();
      following = undefined;
    },
  };
}

async function follow(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { scheduling, clock, log } = options;
  let cursor: string | undefined;
  let waitMs = AGAIN_MS_MIN;
  while (!signal.aborted) {
    try {
      for await (const line of readChanges(scheduling, { cursor, clock, signal })) {
        waitMs = AGAIN_MS_MIN;
        cursor = hear(line, cursor, options);
      }
      throw new Error('scheduling ended the line');
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'changes are not heard of; live queries are asked again now and then');
    }
    // Apart from each other, or all gateways would come back to a restarted service at once.
    await pause(waitMs * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => undefined);
    waitMs = Math.min(2 * waitMs, AGAIN_MS_MAX);
  }
}

function hear(line: ChangeLine, cursor: string | undefined, { onChange }: FollowOptions): string | undefined {
  if ('change' in line) onChange(line.change.organizationId);
  // Without a cursor before, nobody knows what happened until this one.
  if ('reset' in line || ('cursor' in line && cursor === undefined)) onChange(null);
  return 'cursor' in line ? line.cursor : cursor;
}
