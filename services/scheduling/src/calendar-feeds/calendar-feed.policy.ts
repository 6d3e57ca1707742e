import { audiencesOf, type DefineVerbs } from '@kept/access-policy';

/** Everybody ends their own feed; managers end everybody's. */
export const calendarFeedVerbs: DefineVerbs = (caller, can) => {
  if (caller.accountId !== null) can('revoke', 'CalendarFeed', { ownerId: caller.accountId });
  if (audiencesOf(caller).includes('MANAGER')) can('revoke', 'CalendarFeed');
};
