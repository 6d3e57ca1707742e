import { z } from 'zod';
import { networkLine, OrganizationNetworks } from '../network/organization-networks.ts';

const withdrawal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal(['SESSION', 'EMERGENCY']), id: z.uuid() }),
  z.object({ kind: z.literal('TOKENS'), id: z.uuid(), generation: z.int() }),
]);
const isolation = z.object({
  kind: z.enum(['ORGANIZATION', 'ACTOR', 'SERVICE']),
  target: z.string().max(100),
  until: z.iso.datetime(),
});

/** One line of identity's control feed (services/identity/src/control/control-feed.ts). */
export const feedLine = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['snapshot', 'withdrawn']), withdrawals: z.array(withdrawal) }),
  z.object({ type: z.literal('isolations'), isolations: z.array(isolation) }),
  networkLine,
  z.object({ type: z.enum(['complete', 'alive']) }),
]);
export type FeedLine = z.infer<typeof feedLine>;
type IsolationKind = z.infer<typeof isolation>['kind'];

// Three times as long as an access token lives: what it concerns has expired then, whatever the clocks say.
const KEPT_MS = 15 * 60_000;

/** What a gateway knows of sessions, tokens and emergency accesses that are over, and of who is isolated until when. */
export class Withdrawn {
  readonly #sessions = new Map<string, number>();
  readonly #emergencies = new Map<string, number>();
  readonly #tokens = new Map<string, { readonly generation: number; readonly forgetAt: number }>();
  /** Where the people of each organization may come from. */
  readonly networks = new OrganizationNetworks();
  #isolations: Readonly<Record<IsolationKind, ReadonlyMap<string, number>>> = inForce([]);

  /** Takes one line in. `now` is a monotonic time in milliseconds: when to forget must not depend on a clock that moves. */
  apply(line: FeedLine, now: number): void {
    if (line.type === 'isolations') this.#isolations = inForce(line.isolations);
    if (line.type === 'network') this.networks.apply(line);
    if (line.type !== 'snapshot' && line.type !== 'withdrawn') return;
    const forgetAt = now + KEPT_MS;
    for (const withdrawn of line.withdrawals) {
      if (withdrawn.kind === 'TOKENS') {
        this.#withdrawTokens(withdrawn.id, { generation: withdrawn.generation, forgetAt });
      } else {
        (withdrawn.kind === 'SESSION' ? this.#sessions : this.#emergencies).set(withdrawn.id, forgetAt);
      }
    }
    this.#forget(now);
  }

  isSessionOver(id: string, generation: number): boolean {
    return this.#sessions.has(id) || generation < (this.#tokens.get(id)?.generation ?? 0);
  }

  isEmergencyOver(id: string): boolean {
    return this.#emergencies.has(id);
  }

  /** Whether it is isolated at this time, in milliseconds since the epoch. */
  isIsolated(kind: IsolationKind, target: string, time: number): boolean {
    return (this.#isolations[kind].get(target) ?? -Infinity) > time;
  }

  /** Whether anything is isolated at all; asked for every request, so it looks at nothing. */
  get nothingIsolated(): boolean {
    const { ORGANIZATION, ACTOR } = this.#isolations;
    return ORGANIZATION.size === 0 && ACTOR.size === 0;
  }

  #withdrawTokens(id: string, withdrawn: { generation: number; forgetAt: number }): void {
    const generation = Math.max(withdrawn.generation, this.#tokens.get(id)?.generation ?? 0);
    // Set anew, so that the map stays in the order in which it is forgotten.
    this.#tokens.delete(id);
    this.#tokens.set(id, { ...withdrawn, generation });
  }

  #forget(now: number): void {
    for (const kept of [this.#sessions, this.#emergencies]) {
      for (const [id, forgetAt] of kept) {
        if (forgetAt > now) break;
        kept.delete(id);
      }
    }
    for (const [id, { forgetAt }] of this.#tokens) {
      if (forgetAt > now) break;
      this.#tokens.delete(id);
    }
  }
}

function inForce(isolations: readonly z.infer<typeof isolation>[]) {
  const of = (kind: IsolationKind) => {
    const untilByTarget = new Map<string, number>();
    for (const { target, until } of isolations.filter((candidate) => candidate.kind === kind)) {
      untilByTarget.set(target, Math.max(Date.parse(until), untilByTarget.get(target) ?? -Infinity));
    }
    return untilByTarget;
  };
  return { ORGANIZATION: of('ORGANIZATION'), ACTOR: of('ACTOR'), SERVICE: of('SERVICE') };
}
