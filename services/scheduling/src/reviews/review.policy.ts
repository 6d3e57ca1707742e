import { audiencesOf, type DefineVerbs } from '@kept/access-policy';

/** Who may decide about bookings that a rule found odd. */
export const reviewVerbs: DefineVerbs = (caller, can) => {
  // A manager lets them through or denies them; the front desk may look, so that it can answer the telephone.
  if (audiencesOf(caller).includes('MANAGER')) can('review', 'Booking');
};
