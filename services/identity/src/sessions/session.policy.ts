import { audiencesOf, type DefineVerbs } from '@kept/access-policy';

/** Managers end sessions of people who work here, also their own; clients end theirs themselves. */
export const sessionVerbs: DefineVerbs = (caller, can) => {
  if (audiencesOf(caller).includes('MANAGER')) can('endSessions', 'Account');
};
