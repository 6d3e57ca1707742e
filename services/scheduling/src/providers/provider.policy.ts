import { audiencesOf, type DefineVerbs } from '@kept/access-policy';

/** Who may say when somebody is away. */
export const providerVerbs: DefineVerbs = (caller, can) => {
  const audiences = audiencesOf(caller);
  // Providers say when they themselves are away.
  if (audiences.includes('PROVIDER')) can('be-away', 'Provider', { id: caller.accountId });
  // A manager says it of everybody.
  if (audiences.includes('MANAGER')) can('be-away', 'Provider');
};
