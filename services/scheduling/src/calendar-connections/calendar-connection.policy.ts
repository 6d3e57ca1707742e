import { audiencesOf, type DefineVerbs } from '@kept/access-policy';

/** Providers look after calendars of their own; the business sees whether they work, and managers may end them. */
export const calendarConnectionVerbs: DefineVerbs = (caller, can) => {
  const audiences = audiencesOf(caller);
  if (audiences.includes('PROVIDER')) {
    can(['see', 'disconnect'], 'CalendarConnection', { providerId: caller.accountId });
  }
  // Whose calendar works matters to every branch that books them; to end one, to whoever manages all of them.
  if (audiences.includes('FRONT_DESK') || audiences.includes('MANAGER')) can('see', 'CalendarConnection');
  if (audiences.includes('MANAGER') && caller.locations === null) can('disconnect', 'CalendarConnection');
};
