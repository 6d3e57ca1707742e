import type { Caller } from '@kept/passport';

/** The way by which a change came. */
export type Channel = 'APP' | 'STAFF' | 'LINK' | 'SERIES' | 'WAITLIST' | 'PAYMENT' | 'SYSTEM';

/** Who did it, and by which way: a caller, whoever holds a link, or this service itself (a sweep, a job, an event). */
export interface Actor {
  readonly kind: Caller['kind'];
  /** Works for the business, but not in it: the log tells them apart (ACC-07). */
  readonly vendor?: boolean;
  readonly accountId: string | null;
  readonly requestId: string;
  readonly channel: Channel;
  /** The manage link that was used, when one was. */
  readonly linkId: string | null;
}

/** A caller as an actor. Without a channel it is the app of clients, or the one of staff. */
export function actorOf(
  {
    kind,
    accountId,
    requestId,
    vendor,
  }: Pick<Caller, 'kind' | 'accountId' | 'requestId'> & { vendor?: boolean },
  by: { channel?: Channel } = {},
): Actor {
  const channel = by.channel ?? (kind === 'STAFF' ? 'STAFF' : 'APP');
  return { kind, accountId, requestId, channel, linkId: null, ...(vendor === true && { vendor }) };
}

/** A change made by nobody who asked: `cause` names the job or the event, for whoever follows the trail. */
export function byItself(cause: string, channel: Channel = 'SYSTEM'): Actor {
  return { kind: 'SERVICE', accountId: null, requestId: cause, channel, linkId: null };
}
