import { audiencesOf, type DefineVerbs } from '@kept/access-policy';

/** Providers look after calendars of their own; the business sees whether they work, and managers may end them. */
export const calendarConnectionVerbs: DefineVerbs = (caller, can) => {
  const audiences = audiencesOf(caller);
  if (audiences.includes('PROVIDER')) {
    can(['see', 'disconnect'], 'CalendarConnection', { providerId: caller.accountId });
  }
  if (audiences.includes('FRONT_DESK')) can('see', 'CalendarConnection');
  if (audiences.includes('MANAGER')) can(['see', 'disconnect'], 'CalendarConnection');
};
