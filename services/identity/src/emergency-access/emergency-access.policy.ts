import { audiencesOf, type DefineVerbs } from '@kept/access-policy';

/** Who may do what with emergency access. Who may not know of one gets not-found before this is asked. */
export const emergencyAccessVerbs: DefineVerbs = (caller, can) => {
  const audiences = audiencesOf(caller);
  // Whoever works here may open one for themselves, and close it early.
  if (caller.kind === 'STAFF' && caller.secondFactor) {
    can('start', 'EmergencyAccess', { accountId: caller.accountId });
    can('end', 'EmergencyAccess', { accountId: caller.accountId });
  }
  if (audiences.includes('COMPLIANCE')) {
    can('end', 'EmergencyAccess');
    // Nobody judges what they did themselves.
    can('review', 'EmergencyAccess', { accountId: { $ne: caller.accountId } });
  }
};
