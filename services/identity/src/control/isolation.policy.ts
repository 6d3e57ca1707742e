import { audiencesOf, type DefineVerbs } from '@kept/access-policy';

/** Who may isolate whom: COMPLIANCE anybody but themselves, for nobody else could let them in again. */
export const isolationVerbs: DefineVerbs = (caller, can) => {
  if (audiencesOf(caller).includes('COMPLIANCE')) {
    can('isolate', 'Account', { id: { $ne: caller.accountId } });
    can('release', 'Account');
  }
};
