import { audiencesOf, may, type DefineVerbs } from '@kept/access-policy';
import { refused } from '@kept/subgraph-kit';
import type { SchedulingContext } from '../context.ts';

/** What a business offers, with what, where and how much of it. */
export type Offered = 'Service' | 'Location' | 'Resource' | 'ResourceGroup' | 'BookingLimit';

/** Who may say what a business offers. */
export const offerVerbs: DefineVerbs = (caller, can) => {
  // A manager decides what is offered, where, with which rooms, and how much of it.
  if (audiencesOf(caller).includes('MANAGER')) {
    can('decide-on', 'Resource' satisfies Offered);
    // What holds everywhere is decided by whoever is responsible everywhere (0035).
    if (caller.locations !== null) return;
    for (const offered of ['Service', 'Location', 'ResourceGroup', 'BookingLimit'] satisfies Offered[])
      can('decide-on', offered);
  }
};

/** Everybody else is told so; that there are services is no secret. */
export function demandManaging(context: Pick<SchedulingContext, 'ability'>, offered: Offered): void {
  if (!may(context.ability, 'decide-on', offered, {})) throw refused.forbidden();
}
