import { audiencesOf, type DefineVerbs } from '@kept/access-policy';

/** Managers choose what passwords must be. */
export const passwordVerbs: DefineVerbs = (caller, can) => {
  if (audiencesOf(caller).includes('MANAGER')) can('choose', 'PasswordPolicy');
};
