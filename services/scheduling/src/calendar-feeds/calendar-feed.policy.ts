import { audiencesOf, type DefineVerbs } from '@kept/access-policy';

/** Everybody ends their own feed; managers of the whole business end everybody's. */
export const calendarFeedVerbs: DefineVerbs = (caller, can) => {
  if (caller.accountId !== null) can('revoke', 'CalendarFeed', { ownerId: caller.accountId });
  if (audiencesOf(caller).includes('MANAGER') && caller.locations === null) can('revoke', 'CalendarFeed');
};
